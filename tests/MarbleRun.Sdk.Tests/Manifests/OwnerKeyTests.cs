using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Sdk.Tests.Manifests;

/// <summary>Owners' keys are taken from files of any kind that holds a key, and compared as keys.</summary>
public sealed class OwnerKeyTests
{
    private const string Ed25519 =
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    private static readonly ECDsa s_key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public void Parse_CertificateAndPublicKey_AreTheSameOwner()
    {
        using X509Certificate2 certificate = new CertificateRequest("CN=owner", s_key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1));

        OwnerKey ofCertificate = OwnerKey.Parse(certificate.ExportCertificatePem());
        OwnerKey ofKey = OwnerKey.Parse(s_key.ExportSubjectPublicKeyInfoPem().ReplaceLineEndings("\r\n") + "\r\n\r\n");

        Assert.Equal(ofKey, ofCertificate);
        Assert.Equal(ofKey.GetHashCode(), ofCertificate.GetHashCode());
        Assert.Equal(ofKey, OwnerKey.Of(s_key));
        Assert.Equal(ofKey, OwnerKey.Parse(ofKey.ToPem()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(s_key.ExportSubjectPublicKeyInfo())), ofKey.Fingerprint);
        Assert.NotEqual(ofKey, OwnerKey.Of(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
    }

    [Theory]
    [InlineData("1.2.840.10045.3.1.7", "ECDSA P-256 with SHA-256")]
    [InlineData("1.3.132.0.34", "ECDSA P-384 with SHA-384")]
    [InlineData("1.3.132.0.35", "ECDSA P-521 with SHA-512")]
    public void Of_Curve_IsTaken(string oid, string algorithm)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue(oid));

        Assert.Equal(algorithm, OwnerKey.Of(key).Algorithm);
    }

    [Fact]
    public void Parse_PrivateKey_SaysThatItStaysWithTheOwner() =>
        AssertRefused(s_key.ExportPkcs8PrivateKeyPem(), "It is a private key, which stays with the owner.");

    [Fact]
    public void Parse_SeveralKeys_AreRefused() =>
        AssertRefused(
            $"{s_key.ExportSubjectPublicKeyInfoPem()}\n{s_key.ExportSubjectPublicKeyInfoPem()}", "There is text outside the PEM block.");

    [Theory]
    [InlineData("", "no PEM block")]
    [InlineData("owner", "no PEM block")]
    [InlineData("-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----", "has the label RSA PUBLIC KEY")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "not an X.509 certificate")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "not a SubjectPublicKeyInfo")]
    [InlineData(Ed25519, "Ed25519 signatures cannot be verified with .NET's base library")]
    [Trait("Security", "G3")]
    public void Parse_NoOwnersKey_SaysWhatItIs(string pem, string expected) => AssertRefused(pem, expected);

    [Fact]
    public void TryRead_CurveThatIsNotTaken_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));

        AssertRefused(key.ExportSubjectPublicKeyInfo(), "The key's curve is not supported.");
    }

    [Fact]
    public void TryRead_ShortRsaKey_IsRefused()
    {
        using var key = RSA.Create(1024);

        AssertRefused(key.ExportSubjectPublicKeyInfo(), "The RSA key has 1024 bits.");
    }

    [Fact]
    public void TryRead_LongExponent_IsRefused()
    {
        // A verification raises to it: as long as the modulus it costs two hundred times as much.
        using var key = RSA.Create(2048);
        RSAParameters parameters = key.ExportParameters(includePrivateParameters: false);
        parameters.Exponent = [1, .. new byte[3], 1];
        using var other = RSA.Create();
        other.ImportParameters(parameters);

        AssertRefused(other.ExportSubjectPublicKeyInfo(), "exponent has more than 32 bits");
    }

    [Fact]
    public void TryRead_PointThatIsNotOnTheCurve_IsRefused()
    {
        byte[] der = s_key.ExportSubjectPublicKeyInfo();
        der[^1] ^= 1;

        AssertRefused(der, "The key is invalid");
    }

    [Fact]
    [Trait("Security", "G3")]
    public void TryRead_CutAndExtendedKeys_AreRefusedAndNeverThrow()
    {
        byte[] der = s_key.ExportSubjectPublicKeyInfo();

        Assert.All(Enumerable.Range(0, der.Length), length => Assert.False(OwnerKey.TryRead(der.AsSpan(0, length), out _, out _)));
        Assert.False(OwnerKey.TryRead([.. der, 0], out _, out _));
        Assert.False(OwnerKey.TryRead(new byte[OwnerKey.MaxLength + 1], out _, out string? fault));
        Assert.Contains("at most 2048", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_KeyMarkedForPss_SaysWhatToMake()
    {
        using var key = RSA.Create(2048);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.1.10");
            }

            writer.WriteBitString(key.ExportRSAPublicKey());
        }

        AssertRefused(writer.Encode(), "restricted to RSASSA-PSS");
    }

    private static void AssertRefused(string pem, string expected)
    {
        Assert.False(OwnerKey.TryParse(pem, out OwnerKey? key, out string? fault));
        Assert.Null(key);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.Equal(fault, Assert.Throws<FormatException>(() => OwnerKey.Parse(pem)).Message);
    }

    private static void AssertRefused(byte[] der, string expected)
    {
        Assert.False(OwnerKey.TryRead(der, out _, out string? fault));
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }
}
