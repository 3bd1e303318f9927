using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MarbleRun.Identity;
using MarbleRun.Secrets;

namespace MarbleRun.Tests.Secrets;

/// <summary>Values of the manifest by their names, as bytes, text, keys and certificates.</summary>
public sealed class MarbleSecretsTests : IDisposable
{
    private const string Value = "the-value-that-nothing-shows";

    private readonly ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    public MarbleSecretsTests()
    {
        _certificate = new CertificateRequest("CN=orders", _ecdsa, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _rsa.Dispose();
        _ecdsa.Dispose();
    }

    [Fact]
    public void GetBytes_OfAVariableAndAFile_AreThoseOfTheManifest()
    {
        MarbleSecrets secrets = Create([("/data/disk.key", [0, 255, 10])], ("KEY", "abc"u8.ToArray()));

        Assert.Equal("abc"u8.ToArray(), secrets.GetBytes("KEY"));
        Assert.Equal([0, 255, 10], secrets.GetBytes("/data/disk.key"));
        Assert.Equal(["/data/disk.key", "KEY"], secrets.Names);
    }

    [Fact]
    public void GetBytes_WhenItsResultIsCleared_StaysAsItIs()
    {
        MarbleSecrets secrets = Create(("KEY", "abc"u8.ToArray()));

        Array.Clear(secrets.GetBytes("KEY"));

        Assert.Equal("abc"u8.ToArray(), secrets.GetBytes("KEY"));
    }

    [Fact]
    public void GetText_OfAVariable_IsItsText() => Assert.Equal("grün", Create(("COLOUR", "grün"u8.ToArray())).GetText("COLOUR"));

    [Fact]
    public void GetECDsaKey_OfPkcs8_SignsForItsPublicKey()
    {
        MarbleSecrets secrets = Create(
            ("PRIVATE", Encoding.ASCII.GetBytes(_ecdsa.ExportPkcs8PrivateKeyPem())),
            ("PUBLIC", Encoding.ASCII.GetBytes(_ecdsa.ExportSubjectPublicKeyInfoPem())));

        using ECDsa key = secrets.GetECDsaKey("PRIVATE");
        using ECDsa publicKey = secrets.GetECDsaKey("PUBLIC");

        Assert.True(publicKey.VerifyData("x"u8, key.SignData("x"u8, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
        Assert.Throws<CryptographicException>(() => publicKey.ExportPkcs8PrivateKey());
    }

    [Fact]
    public void GetRSAKey_OfPkcs8_IsTheKey()
    {
        using RSA key = Create(("PRIVATE", Encoding.ASCII.GetBytes(_rsa.ExportPkcs8PrivateKeyPem()))).GetRSAKey("PRIVATE");

        Assert.Equal(_rsa.ExportPkcs8PrivateKey(), key.ExportPkcs8PrivateKey());
    }

    [Fact]
    public void GetCertificate_WithAndWithoutKey_IsTheOneOfTheManifest()
    {
        string both = _certificate.ExportCertificatePem() + "\n" + _ecdsa.ExportPkcs8PrivateKeyPem();
        MarbleSecrets secrets = Create(
            [("/tls/both.pem", Encoding.ASCII.GetBytes(both))],
            ("CERT", Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem())),
            ("KEY", Encoding.ASCII.GetBytes(_ecdsa.ExportPkcs8PrivateKeyPem())));

        using X509Certificate2 alone = secrets.GetCertificate("CERT");
        using X509Certificate2 withKey = secrets.GetCertificate("CERT", "KEY");
        using X509Certificate2 oneFile = secrets.GetCertificate("/tls/both.pem", "/tls/both.pem");

        Assert.All([alone, withKey, oneFile], c => Assert.Equal(_certificate.RawData, c.RawData));
        Assert.Equal([false, true, true], new[] { alone, withKey, oneFile }.Select(c => c.HasPrivateKey));
    }

    [Fact]
    public void Get_NameThatIsMissing_SaysWhatTheManifestMustHave()
    {
        MarbleSecrets secrets = Create(("OTHER", Encoding.ASCII.GetBytes(Value)));

        Assert.Equal(
            "The manifest gives this Marble no variable or file 'SIGNING_KEY'. Its Parameters must have "
            + "\"Env\": { \"SIGNING_KEY\": \"{{ pem .Secrets.x.Private }}\" }, where x is the name of the secret. They have 'OTHER'.",
            Assert.Throws<KeyNotFoundException>(() => secrets.GetECDsaKey("SIGNING_KEY")).Message);
        Assert.Contains(
            "\"Files\": { \"/data/disk.key\": \"{{ raw .Secrets.x }}\" }",
            Assert.Throws<KeyNotFoundException>(() => secrets.GetBytes("/data/disk.key")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "\"Env\": { \"CERT\": \"{{ pem .Secrets.x.Cert }}\" }",
            Assert.Throws<KeyNotFoundException>(() => secrets.GetCertificate("CERT")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "They have no names.", Assert.Throws<KeyNotFoundException>(() => Create().GetText("X")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_KeyOfTheIdentity_RefersToTheIdentity() => Assert.Equal(
        "'MARBLE_PREDEFINED_PRIVATE_KEY' is part of the identity. Use IMarbleIdentityProvider.Current.",
        Assert.Throws<KeyNotFoundException>(() => Create().GetECDsaKey("MARBLE_PREDEFINED_PRIVATE_KEY")).Message);

    [Fact]
    public void Get_NameOfAVariableAndAFile_IsRefused() => Assert.Equal(
        "'key' is both a variable and a file in the manifest's Parameters of this Marble. Rename one of them.",
        Assert.Throws<KeyNotFoundException>(() => Create([("key", [2])], ("key", [1])).GetBytes("key")).Message);

    [Fact]
    [Trait("Security", "E7")]
    public void Get_ValueOfAnotherKind_IsRefusedWithoutTheValue()
    {
        MarbleSecrets secrets = Create(
            ("TEXT", Encoding.ASCII.GetBytes(Value)),
            ("BYTES", [.. Encoding.ASCII.GetBytes(Value), 0xFF]),
            ("RSA", Encoding.ASCII.GetBytes(_rsa.ExportPkcs8PrivateKeyPem())),
            ("CERT", Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem())));

        Exception[] failures =
        [
            Assert.Throws<CryptographicException>(() => secrets.GetECDsaKey("TEXT")),
            Assert.Throws<CryptographicException>(() => secrets.GetECDsaKey("RSA")),
            Assert.Throws<CryptographicException>(() => secrets.GetRSAKey("TEXT")),
            Assert.Throws<CryptographicException>(() => secrets.GetRSAKey("CERT")),
            Assert.Throws<CryptographicException>(() => secrets.GetCertificate("TEXT")),
            Assert.Throws<CryptographicException>(() => secrets.GetCertificate("CERT", "TEXT")),
            Assert.Throws<CryptographicException>(() => secrets.GetCertificate("CERT", "RSA")),
            Assert.Throws<InvalidDataException>(() => secrets.GetText("BYTES")),
        ];

        Assert.All(failures, f => Assert.DoesNotContain(Value, f.ToString(), StringComparison.Ordinal));
        Assert.All(failures, f => Assert.DoesNotContain("MII", f.ToString(), StringComparison.Ordinal));
        Assert.All(failures, f => Assert.Null(f.InnerException));
        Assert.StartsWith("The value of 'TEXT' is not one ECDSA key as PEM.", failures[0].Message, StringComparison.Ordinal);
        Assert.StartsWith("The value of 'TEXT' is not a certificate as PEM.", failures[4].Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "The value of 'RSA' is not the private key of the certificate 'CERT'", failures[6].Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E7")]
    public void Object_WhenItIsPrinted_ShowsNoValue()
    {
        MarbleSecrets secrets = Create(("KEY", Encoding.ASCII.GetBytes(Value)));

        Assert.Equal("MarbleSecrets", secrets.ToString());
        Assert.Equal("""{"Names":["KEY"]}""", JsonSerializer.Serialize(secrets));
    }

    [Fact]
    public void Get_BeforeTheActivation_SaysWhenTheValuesCome() => Assert.StartsWith(
        "This process has not been activated by the Coordinator yet, so it has no values from the manifest.",
        Assert.Throws<MarbleNotActivatedException>(() => new MarbleSecrets().GetBytes("KEY")).Message,
        StringComparison.Ordinal);

    private static MarbleSecrets Create(params (string Name, byte[] Value)[] values) => Create([], values);

    private static MarbleSecrets Create((string Name, byte[] Value)[] files, params (string Name, byte[] Value)[] variables) =>
        new(new SecretSource(new SecretValues(Pairs(variables), Pairs(files))));

    private static IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> Pairs((string Name, byte[] Value)[] values) =>
        values.Select(v => KeyValuePair.Create(v.Name, (ReadOnlyMemory<byte>)v.Value));
}
