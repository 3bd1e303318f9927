using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

public sealed class ManifestCertificateTests
{
    [Theory]
    [InlineData(
        """{"KeyUsage":"digitalSignature"}""",
        "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.KeyUsage of type x509.KeyUsage")]
    [InlineData(
        """{"ExtKeyUsage":["serverAuth"]}""",
        "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.ExtKeyUsage of type x509.ExtKeyUsage")]
    [InlineData("""{"DNSNames":"a"}""", "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.DNSNames of type []string")]
    [InlineData("""{"IPAddresses":["999.1.1.1"]}""", "invalid IP address: 999.1.1.1")]
    [InlineData("""{"NotAfter":"tomorrow"}""", "parsing time \"tomorrow\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it")]
    [InlineData(
        """{"NotAfter":"2040-13-01T00:00:00Z"}""",
        "parsing time \"2040-13-01T00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it")]
    [InlineData("""{"NotAfter":5}""", "Time.UnmarshalJSON: input is not a JSON string")]
    [InlineData("\"AAAA\"", "x509: malformed certificate")]
    [InlineData(
        "{\"Subject\":\"CN=x\"}", "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.Subject of type pkix.Name")]
    [InlineData(
        "{\"URIs\":[\"https://a\"]}", "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.URIs of type url.URL")]
    [InlineData(
        "{\"UnknownExtKeyUsage\":[\"1.2\"]}",
        "json: cannot unmarshal string into Go struct field Secret.Secrets.Cert.UnknownExtKeyUsage of type asn1.ObjectIdentifier")]
    [InlineData("{\"PermittedIPRanges\":[{\"IP\":\"10.0.0\",\"Mask\":\"/wAAAA==\"}]}", "invalid IP address: 10.0.0")]
    [InlineData(
        "{\"ExtraExtensions\":[{\"Id\":[1,2],\"Critical\":1}]}",
        "json: cannot unmarshal number into Go struct field Secret.Secrets.Cert.ExtraExtensions.Critical of type bool")]
    [InlineData("{\"Policies\":[\"1.2.3\",\"x\"]}", "invalid object identifier: x")]
    [InlineData("{\"SubjectKeyId\":\"!\"}", "illegal base64 data at input byte 0")]
    [InlineData(
        "{\"RawSubject\":[256]}", "json: cannot unmarshal number 256 into Go struct field Secret.Secrets.Cert.RawSubject of type uint8")]
    public void Parse_BrokenTemplate_IsRefusedBeforeMismatchesElsewhere(string cert, string message)
    {
        string json = """{"Packages":{"p":{"Debug":1}},"Secrets":{"s":{"Cert":""" + cert + "}}}";

        Assert.Equal(message, Assert.Throws<ManifestException>(() => ManifestSamples.Parse(json)).Message);
    }

    [Fact]
    public void Parse_TemplateWithEveryMember_IsAcceptedInSilence()
    {
        Manifest manifest = ManifestSamples.Parse(ManifestSamples.Minimal.Replace(
            "\"Marbles\"",
            """
            "Secrets": { "s": { "Type": "cert-rsa", "Size": 2048, "Cert": {
              "Subject": {
                "Country": ["DE"], "Organization": ["o"], "OrganizationalUnit": ["u"], "Locality": ["l"], "Province": ["p"], "StreetAddress": ["s"],
                "PostalCode": ["1"], "SerialNumber": "2", "CommonName": "c", "ExtraNames": [{ "Type": [2, 5, 4, 12], "Value": "t" }]
              },
              "DNSNames": ["a.example", "*.b.example"], "IPAddresses": ["10.0.0.1", "::1"], "EmailAddresses": ["a@b.example"],
              "URIs": [{ "Scheme": "spiffe", "Host": "mesh.example", "Path": "/web" }],
              "KeyUsage": 97, "ExtKeyUsage": [1, 2], "UnknownExtKeyUsage": [[1, 3, 6, 1]], "NotAfter": "2040-01-02T03:04:05.5+01:00",
              "IsCA": true, "MaxPathLen": 0, "MaxPathLenZero": true, "SubjectKeyId": "AAEC", "SignatureAlgorithm": 11,
              "OCSPServer": ["http://o"], "IssuingCertificateURL": ["http://i"], "CRLDistributionPoints": ["http://c"], "Policies": ["1.2.3.9", "2.999.1"],
              "PermittedDNSDomainsCritical": true, "PermittedDNSDomains": ["example"], "ExcludedDNSDomains": ["x.example"],
              "PermittedEmailAddresses": ["b.example"], "ExcludedEmailAddresses": ["c.example"], "PermittedURIDomains": ["d.example"], "ExcludedURIDomains": ["e.example"],
              "PermittedIPRanges": [{ "IP": "10.0.0.0", "Mask": "/wAAAA==" }], "ExcludedIPRanges": [{ "IP": "10.1.0.0", "Mask": [255, 255, 0, 0] }],
              "ExtraExtensions": [{ "Id": [1, 2, 3], "Critical": false, "Value": "BQA=" }]
            } } },
            "Marbles"
            """,
            StringComparison.Ordinal));

        Assert.Empty(ManifestChecker.Check(manifest).Problems);
    }

    [Fact]
    [Case("manifest", "A template that is not base64 counts as none, and the defaults apply")]
    public void Parse_TemplateThatIsNoBase64_CountsAsNoneWithAWarning()
    {
        Manifest manifest = Parse("\"!!bad\"");

        Assert.Null(manifest.Secrets["s"].Cert);
        Assert.Contains(
            ManifestSamples.Warnings(manifest),
            problem => problem.Path == "$.Secrets.s.Cert" && problem.Message == "Cert is not base64 and therefore ignored");
    }

    [Fact]
    [Case("manifest", "An issued certificate as JSON and back is the same")]
    public void Parse_IssuedCertificate_IsKeptAndHasAnEnd()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string base64 = Convert.ToBase64String(certificate.RawData);

        Manifest manifest = ManifestSamples.Parse(
            $$"""{"Secrets":{"s":{"Type":"cert-rsa","Size":2048,"ValidFor":1,"Cert":"{{base64}}"} } }""");

        Assert.Contains(
            "ambiguous certificate validity duration for secret: s, both NotAfter and ValidFor are specified",
            ManifestSamples.Errors(manifest));
        CertificateTemplate template = manifest.Secrets["s"].Cert!;
        Assert.Equal(certificate.SubjectName.RawData, template.Subject.RawData);
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), template.NotAfter);
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Parse_TemplateWithBrokenUnicode_HasReplacementCharacters()
    {
        Manifest manifest = Parse("""{ "Subject": { "CommonName": "a\ud800" }, "KeyUsage": 5 }""");

        Assert.Equal("CN=a\ufffd", manifest.Secrets["s"].Cert!.Subject.Name);
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Validate_DeepTemplate_IsRefused()
    {
        string deep = "{\"Subject\":{\"ExtraNames\":[{\"Type\":[2,5,4,3],\"Value\":" + new string('[', 70) + new string(']', 70) + "}]}}";

        Assert.Contains("secret s: Cert.Subject.ExtraNames.Value must be a string", ManifestSamples.Errors(Parse(deep)));
    }

    private static Manifest Parse(string cert) =>
        ManifestSamples.Parse("""{"Secrets":{"s":{"Type":"cert-ecdsa","Size":256,"Cert":""" + cert + "}}}");
}
