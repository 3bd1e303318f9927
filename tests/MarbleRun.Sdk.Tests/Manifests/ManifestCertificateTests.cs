using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Manifests;

namespace MarbleRun.Tests.Manifests;

public sealed class ManifestCertificateTests
{
    [Theory]
    [InlineData("""{"KeyUsage":"digitalSignature"}""", "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.KeyUsage of type x509.KeyUsage")]
    [InlineData("""{"ExtKeyUsage":["serverAuth"]}""", "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.ExtKeyUsage of type x509.ExtKeyUsage")]
    [InlineData("""{"DNSNames":"a"}""", "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.DNSNames of type []string")]
    [InlineData("""{"IPAddresses":["999.1.1.1"]}""", "invalid IP address: 999.1.1.1")]
    [InlineData("""{"NotAfter":"tomorrow"}""", "parsing time \"tomorrow\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it")]
    [InlineData("""{"NotAfter":"2040-13-01T00:00:00Z"}""", "parsing time \"2040-13-01T00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it")]
    [InlineData("""{"NotAfter":5}""", "Time.UnmarshalJSON: input is not a JSON string")]
    [InlineData("\"AAAA\"", "x509: malformed certificate")]
    public void Parse_BrokenTemplate_IsRefusedBeforeMismatchesElsewhere(string cert, string message)
    {
        string json = """{"Packages":{"p":{"Debug":1}},"Secrets":{"s":{"Cert":""" + cert + "}}}";

        Assert.Equal(message, Assert.Throws<ManifestException>(() => ManifestSamples.Parse(json)).Message);
    }

    [Fact]
    public void Parse_TemplateThatIsNoBase64_CountsAsNoneWithAWarning()
    {
        Manifest manifest = Parse("\"!!bad\"");

        Assert.True(manifest.Secrets["s"].Cert.IsEmpty);
        Assert.Contains(ManifestSamples.Warnings(manifest), problem => problem.Path == "$.Secrets.s.Cert" && problem.Message == "Cert is no base64 and therefore ignored");
    }

    [Fact]
    public void Parse_IssuedCertificate_IsKeptAndHasAnEnd()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string base64 = Convert.ToBase64String(certificate.RawData);

        Manifest manifest = ManifestSamples.Parse($$"""{"Secrets":{"s":{"Type":"cert-rsa","Size":2048,"ValidFor":1,"Cert":"{{base64}}"} } }""");

        Assert.Contains("ambiguous certificate validity duration for secret: s, both NotAfter and ValidFor are specified", ManifestSamples.Errors(manifest));
        Assert.Equal(certificate.RawData, System.Text.Json.JsonSerializer.Deserialize<byte[]>(manifest.Secrets["s"].Cert.Span));
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Parse_TemplateWithBrokenUnicode_IsKeptAsValidJson()
    {
        Manifest manifest = Parse("""{ "Subject": { "CommonName": "a\ud800" }, "KeyUsage": 5 }""");

        Assert.Equal("""{"Subject":{"CommonName":"a\uFFFD"},"KeyUsage":5}""", Encoding.UTF8.GetString(manifest.Secrets["s"].Cert.Span));
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Parse_DeepTemplate_IsRefused()
    {
        string deep = "{\"URIs\":" + new string('[', 70) + new string(']', 70) + "}";

        Assert.Equal("certificate template is nested too deeply", Assert.Throws<ManifestException>(() => Parse(deep)).Message);
    }

    private static Manifest Parse(string cert) => ManifestSamples.Parse("""{"Secrets":{"s":{"Type":"cert-ecdsa","Cert":""" + cert + "}}}");
}
