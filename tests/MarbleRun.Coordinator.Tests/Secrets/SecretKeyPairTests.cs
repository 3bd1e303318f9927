using MarbleRun.Coordinator.Secrets;
using MarbleRun.Manifests;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Secrets;

/// <summary>The encodings of generated keys, as OpenSSL reads them.</summary>
public sealed class SecretKeyPairTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(SecretTypes.CertRsa, 2048, "Private-Key: (2048 bit")]
    [InlineData(SecretTypes.CertEcdsa, 224, "ASN1 OID: secp224r1")]
    [InlineData(SecretTypes.CertEcdsa, 256, "ASN1 OID: prime256v1")]
    [InlineData(SecretTypes.CertEcdsa, 384, "ASN1 OID: secp384r1")]
    [InlineData(SecretTypes.CertEcdsa, 521, "ASN1 OID: secp521r1")]
    [InlineData(SecretTypes.CertEd25519, 0, "ED25519 Private-Key")]
    [Case("manifest", "RSA, Ed25519 and the four curves")]
    [Case("marble-api", "Secrets of all types are made")]
    public async Task Generate_EveryType_GivesPkcs8AndTheSubjectPublicKeyInfoOfThatKey(string type, int size, string description)
    {
        SecretKeyPair key = SecretKeyPair.Generate(new SecretDefinition { Type = type, Size = (ulong)size });
        await File.WriteAllBytesAsync(_directory.File("key.der"), key.Private, TestContext.Current.CancellationToken);

        string text = await OpenSsl.RunAsync("pkey", "-inform", "DER", "-in", _directory.File("key.der"), "-noout", "-text");
        await OpenSsl.RunAsync(
            "pkey",
            "-inform",
            "DER",
            "-in",
            _directory.File("key.der"),
            "-pubout",
            "-outform",
            "DER",
            "-out",
            _directory.File("public.der"));
        string structure = await OpenSsl.RunAsync("asn1parse", "-inform", "DER", "-in", _directory.File("key.der"));

        Assert.Contains(description, text, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllBytesAsync(_directory.File("public.der"), TestContext.Current.CancellationToken), key.Public);

        // PKCS #8: version 0, algorithm, OCTET STRING; not the older forms of RSA and EC keys.
        Assert.Matches(@"\A\s*0:d=0 .*SEQUENCE[^\n]*\n[^\n]*INTEGER\s+:00\n[^\n]*SEQUENCE", structure);
    }

    [Fact]
    public void Generate_Twice_GivesDifferentKeys()
    {
        var definition = new SecretDefinition { Type = SecretTypes.CertEd25519 };

        Assert.NotEqual(SecretKeyPair.Generate(definition).Private, SecretKeyPair.Generate(definition).Private);
    }
}
