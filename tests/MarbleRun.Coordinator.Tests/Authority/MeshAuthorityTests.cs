using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Authority;

public sealed class MeshAuthorityTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(KeyAlgorithm.EcdsaP256, "prime256v1", "ecdsa-with-SHA256")]
    [InlineData(KeyAlgorithm.EcdsaP384, "secp384r1", "ecdsa-with-SHA384")]
    public async Task Create_Root_HasTheSpecifiedFieldsInTheSpecifiedOrder(KeyAlgorithm algorithm, string curve, string signature)
    {
        MeshAuthority authority = Create(algorithm, "coordinator.mesh", "10.0.0.7");
        string text = await TextOfAsync(authority.Root);

        Assert.Contains("Version: 3", text, StringComparison.Ordinal);
        Assert.Contains("Issuer: CN = MarbleRun Coordinator\n", text, StringComparison.Ordinal);
        Assert.Contains("Subject: CN = MarbleRun Coordinator\n", text, StringComparison.Ordinal);
        Assert.Contains(curve, text, StringComparison.Ordinal);
        Assert.Contains($"Signature Algorithm: {signature}", text, StringComparison.Ordinal);
        Assert.Equal(
            [
                "X509v3 Key Usage: critical",
                "Digital Signature, Certificate Sign",
                "X509v3 Extended Key Usage:",
                "TLS Web Server Authentication, TLS Web Client Authentication",
                "X509v3 Basic Constraints: critical",
                "CA:TRUE",
                "X509v3 Subject Key Identifier:",
                KeyIdentifier(authority.Root),
                "X509v3 Subject Alternative Name:",
                "DNS:coordinator.mesh, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.7",
            ],
            ExtensionLines(text));
        Assert.Equal(s_now.AddMinutes(-10).UtcDateTime, authority.Root.NotBefore.ToUniversalTime());
        Assert.Equal(2319, authority.Root.NotAfter.ToUniversalTime().Year);
    }

    [Fact]
    public async Task Create_Intermediate_IsIssuedByTheRootAndNamesItsKey()
    {
        MeshAuthority authority = Create();
        string text = await TextOfAsync(authority.Intermediate);

        Assert.Contains("Issuer: CN = MarbleRun Coordinator\n", text, StringComparison.Ordinal);
        Assert.Contains("Subject: CN = MarbleRun Coordinator - Intermediate CA\n", text, StringComparison.Ordinal);
        List<string> lines = ExtensionLines(text);
        Assert.Equal("X509v3 Authority Key Identifier:", lines[^4]);
        Assert.Equal(KeyIdentifier(authority.Root), lines[^3].Replace("keyid:", string.Empty, StringComparison.Ordinal));
        await VerifyAsync(authority.Root, authority.Intermediate);
    }

    [Fact]
    public void Create_MarbleRoot_SharesSubjectAndKeyWithTheIntermediateAndSignsItself()
    {
        MeshAuthority authority = Create();

        Assert.Equal(authority.Intermediate.SubjectName.RawData, authority.MarbleRoot.SubjectName.RawData);
        Assert.Equal(authority.Intermediate.SubjectName.RawData, authority.MarbleRoot.IssuerName.RawData);
        Assert.Equal(
            authority.Intermediate.PublicKey.ExportSubjectPublicKeyInfo(), authority.MarbleRoot.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.NotEqual(authority.Root.PublicKey.ExportSubjectPublicKeyInfo(), authority.MarbleRoot.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Empty(authority.MarbleRoot.Extensions.OfType<X509AuthorityKeyIdentifierExtension>());
    }

    [Fact]
    [Trait("Security", "D14")]
    public void Create_SerialNumbers_AreOf128RandomBits()
    {
        string[] serials = [.. Enumerable.Range(0, 8).SelectMany(_ => AllOf(Create())).Select(c => c.SerialNumber)];

        Assert.Equal(serials.Length, serials.Distinct().Count());
        Assert.All(serials, serial => Assert.InRange(serial.Length, 28, 34));
    }

    [Fact]
    public void Import_WhatWasExported_SignsWithTheSameKeys()
    {
        MeshAuthority original = Create();
        MeshAuthority restored = MeshAuthority.Import(
            original.Root.RawData,
            original.ExportRootKey(),
            original.Intermediate.RawData,
            original.MarbleRoot.RawData,
            original.ExportIntermediateKey());

        byte[] signature = restored.SignWithRoot("data"u8);

        using ECDsa key = original.Root.GetECDsaPublicKey()!;
        Assert.True(key.VerifyData("data"u8, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.True(restored.MarbleRoot.HasPrivateKey);
    }

    [Fact]
    [Case("state-and-sealing", "Certificates of the state that do not load")]
    public void Import_KeysSwapped_IsRefused()
    {
        MeshAuthority original = Create();

        Assert.Throws<CryptographicException>(() => MeshAuthority.Import(
            original.Root.RawData,
            original.ExportIntermediateKey(),
            original.Intermediate.RawData,
            original.MarbleRoot.RawData,
            original.ExportRootKey()));
    }

    internal static MeshAuthority Create(KeyAlgorithm algorithm = KeyAlgorithm.EcdsaP256, params string[] names) =>
        MeshAuthority.Create(algorithm, CertificateNames.ForCoordinator(names.Length == 0 ? ["localhost"] : names), s_now);

    private static X509Certificate2[] AllOf(MeshAuthority authority) => [authority.Root, authority.Intermediate, authority.MarbleRoot];

    private static string KeyIdentifier(X509Certificate2 certificate) =>
        string.Join(':', SHA256.HashData(certificate.PublicKey.EncodedKeyValue.RawData)
            .Take(20)
            .Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));

    private static List<string> ExtensionLines(string text) =>
        [.. text.Split('\n').SkipWhile(l => !l.Contains("X509v3 extensions", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(l => !l.Contains("Signature Algorithm", StringComparison.Ordinal)).Select(l => l.Trim())];

    private async Task<string> TextOfAsync(X509Certificate2 certificate)
    {
        string path = _directory.File("certificate.pem");
        await File.WriteAllTextAsync(path, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        return await OpenSsl.RunAsync("x509", "-in", path, "-noout", "-text");
    }

    private async Task VerifyAsync(X509Certificate2 root, X509Certificate2 certificate)
    {
        await File.WriteAllTextAsync(_directory.File("root.pem"), root.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _directory.File("leaf.pem"), certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await OpenSsl.RunAsync(
            "verify",
            "-attime",
            $"{s_now.AddHours(1).ToUnixTimeSeconds()}",
            "-x509_strict",
            "-CAfile",
            _directory.File("root.pem"),
            _directory.File("leaf.pem"));
    }
}
