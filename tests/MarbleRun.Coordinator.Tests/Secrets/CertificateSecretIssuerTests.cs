using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Authority;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Secrets;

public sealed class CertificateSecretIssuerTests : CoordinatorTest
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(s_now);
    private readonly MeshAuthority _authority = MeshAuthorityTests.Create();

    [Fact]
    [Case("manifest", "Default names of a certificate")]
    [Case("manifest", "A template that is not base64 counts as none, and the defaults apply")]
    public async Task Issue_NoTemplate_HasTheDefaults()
    {
        string text = await TextOfAsync(Issue("null"));

        Assert.Contains("Issuer: CN = MarbleRun Coordinator - Intermediate CA\n", text, StringComparison.Ordinal);
        Assert.Contains("Subject: CN = localhost\n", text, StringComparison.Ordinal);
        Assert.Contains("Not Before: Nov 22 11:50:00 2026 GMT", text, StringComparison.Ordinal);
        Assert.Contains("Not After : Nov 22 12:00:00 2027 GMT", text, StringComparison.Ordinal);
        Assert.Contains("Key Usage: critical\n                Digital Signature\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "Extended Key Usage: \n                TLS Web Server Authentication, TLS Web Client Authentication\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("Basic Constraints: critical\n                CA:FALSE\n", text, StringComparison.Ordinal);
        Assert.Contains("Authority Key Identifier:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Subject Key Identifier:", text, StringComparison.Ordinal);
        Assert.Contains("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    [Case("manifest", "Usages as numbers; NotBefore and SerialNumber of a template have no effect")]
    public async Task Issue_EveryEffectiveMember_StandsInTheCertificate()
    {
        string text = await TextOfAsync(Issue("""
            {
              "Subject": {
                "Country": ["DE"], "Organization": ["One", "Two"], "OrganizationalUnit": ["Unit"], "Locality": ["Stadt"], "Province": ["Land"],
                "StreetAddress": ["Straße 1"], "PostalCode": ["12345"], "SerialNumber": "77", "CommonName": "service",
                "ExtraNames": [ { "Type": [0, 9, 2342, 19200300, 100, 1, 25], "Value": "example" } ]
              },
              "dnsnames": ["a.example", "b.example"], "IPAddresses": ["10.0.0.7", "::ffff:10.0.0.8"], "EmailAddresses": ["x@example.org"],
              "URIs": [ { "Scheme": "spiffe", "Host": "mesh", "Path": "/web", "RawQuery": "q=1", "Fragment": "f" }, { "Scheme": "urn", "Opaque": "x:y" } ],
              "KeyUsage": 357, "ExtKeyUsage": [3, 0], "UnknownExtKeyUsage": [[1, 2, 3, 4]],
              "NotAfter": "2030-01-02T03:04:05Z", "NotBefore": "2001-01-01T00:00:00Z", "IsCA": true, "MaxPathLen": 2,
              "SignatureAlgorithm": 11, "OCSPServer": ["http://ocsp.example"], "IssuingCertificateURL": ["http://issuer.example/ca.crt"],
              "CRLDistributionPoints": ["http://crl.example/1", "http://crl.example/2"], "Policies": ["1.2.3.9"], "PolicyIdentifiers": [[1, 2, 3, 8]],
              "PermittedDNSDomainsCritical": true, "PermittedDNSDomains": ["example"], "ExcludedDNSDomains": ["bad.example"],
              "PermittedEmailAddresses": ["example.org"], "ExcludedURIDomains": [".uri.example"],
              "PermittedIPRanges": [ { "IP": "10.1.2.3", "Mask": "/wAAAA==" } ], "ExcludedIPRanges": [ { "IP": "fe80::", "Mask": "/8AAAAAAAAAAAAAAAAAAAA==" } ],
              "ExtraExtensions": [ { "Id": [1, 2, 3, 5], "Critical": true, "Value": "BAEB" } ], "SerialNumber": 5, "Version": 1
            }
            """));

        Assert.Contains(
            "Subject: C = DE, O = One + O = Two, OU = Unit, L = Stadt, ST = Land, street = Stra\\C3\\9Fe 1, postalCode = 12345, CN = "
            + "service, serialNumber = 77, DC = example\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("Not After : Jan  2 03:04:05 2030 GMT", text, StringComparison.Ordinal);
        Assert.Contains("Not Before: Nov 22 11:50:00 2026 GMT", text, StringComparison.Ordinal);
        Assert.Contains("Signature Algorithm: ecdsa-with-SHA384", text, StringComparison.Ordinal);
        Assert.Contains(
            "Key Usage: critical\n                Digital Signature, Key Encipherment, Certificate Sign, CRL Sign, Decipher Only\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("Code Signing, Any Extended Key Usage, 1.2.3.4\n", text, StringComparison.Ordinal);
        Assert.Contains("Basic Constraints: critical\n                CA:TRUE, pathlen:2\n", text, StringComparison.Ordinal);
        Assert.Contains("Subject Key Identifier:", text, StringComparison.Ordinal);
        Assert.Contains(
            "OCSP - URI:http://ocsp.example\n                CA Issuers - URI:http://issuer.example/ca.crt\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains(
            "DNS:a.example, DNS:b.example, email:x@example.org, IP Address:10.0.0.7, IP Address:10.0.0.8, URI:spiffe://mesh/web?q=1#f, "
            + "URI:urn:x:y\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("Policy: 1.2.3.9\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("1.2.3.8", text, StringComparison.Ordinal);
        Assert.Contains("Name Constraints: critical\n", text, StringComparison.Ordinal);
        Assert.Contains("DNS:example\n", text, StringComparison.Ordinal);
        Assert.Contains("email:example.org\n", text, StringComparison.Ordinal);
        Assert.Contains("IP:10.0.0.0/255.0.0.0\n", text, StringComparison.Ordinal);
        Assert.Contains("DNS:bad.example\n", text, StringComparison.Ordinal);
        Assert.Contains("URI:.uri.example\n", text, StringComparison.Ordinal);
        Assert.Contains("IP:FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0\n", text, StringComparison.Ordinal);
        Assert.Contains("URI:http://crl.example/1\n", text, StringComparison.Ordinal);
        Assert.Contains("URI:http://crl.example/2\n", text, StringComparison.Ordinal);
        Assert.Contains("1.2.3.5: critical\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "DNSNames": [], "IPAddresses": [] }""", "Subject: CN = MarbleRun Generated Certificate\n", "Subject Alternative Name")]
    [InlineData("""{ "ExtKeyUsage": [] }""", "Subject: CN = localhost\n", "Extended Key Usage")]
    [InlineData("""{ "DNSNames": ["a", "b"] }""", "Subject: CN = MarbleRun Generated Certificate\n", "DNS:localhost")]
    [InlineData("""{ "DNSNames": null, "KeyUsage": 0 }""", "DNS:localhost", "Certificate Sign")]
    [InlineData("""{ "IsCA": true, "MaxPathLen": 0 }""", "CA:TRUE\n", "pathlen")]
    [InlineData("""{ "IsCA": true, "MaxPathLen": 0, "MaxPathLenZero": true }""", "CA:TRUE, pathlen:0\n", "keyid:AA")]
    [InlineData("""{ "IsCA": true }""", "Digital Signature, Certificate Sign\n", "pathlen")]
    [InlineData("""{ "SubjectKeyId": "qrvM" }""", "Subject Key Identifier: \n                AA:BB:CC\n", "pathlen")]
    [InlineData("""{ "RawSubject": "MA8xDTALBgNVBAMMBHJhdyE=", "Subject": { "CommonName": "x" } }""", "Subject: CN = raw!\n", "CN = x")]
    [InlineData(
        """{ "ExtraExtensions": [ { "Id": [2, 5, 29, 37], "Value": "MAoGCCsGAQUFBwMI" } ] }""", "Time Stamping\n", "TLS Web Server")]
    [InlineData("""{ "NotAfter": "0001-01-01T00:00:00Z" }""", "Not After : Nov 22 12:00:00 2027 GMT", "pathlen")]
    [InlineData("\"!!bad\"", "Subject: CN = localhost\n", "pathlen")]
    [Case("manifest", "IsCA is honoured")]
    [Case("manifest", "Two DNS names give the default common name")]
    public async Task Issue_SpecialTemplate_IsTakenAsMarbleRunDoes(string template, string present, string absent)
    {
        string text = await TextOfAsync(Issue(template));

        Assert.Contains(present, text, StringComparison.Ordinal);
        Assert.DoesNotContain(absent, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issue_CertificateAsTemplate_TakesSubjectEndAndExtensions()
    {
        StoredSecret original = Issue(
            """{ "Subject": { "CommonName": "first", "Organization": ["o"] }, "DNSNames": ["one.example"], "IPAddresses": [], "NotAfter": "2033-01-01T00:00:00Z", "KeyUsage": 5 }""");

        string text = await TextOfAsync(Issue($"\"{Convert.ToBase64String(original.Certificate.Span)}\""));

        Assert.Contains("Subject: O = o, CN = first\n", text, StringComparison.Ordinal);
        Assert.Contains("Not After : Jan  1 00:00:00 2033 GMT", text, StringComparison.Ordinal);
        Assert.Contains("Digital Signature, Key Encipherment\n", text, StringComparison.Ordinal);
        Assert.Contains("DNS:one.example\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "D2")]
    [InlineData("""{ "ExtraExtensions": [ { "Id": [1, 3, 9903, 2, 1], "Value": "d2Vi" } ] }""", "must not contain 1.3.9903.2.1")]
    [InlineData("""{ "ExtraExtensions": [ { "Id": [1, 2, 3] }, { "Id": [1, 2, 3] } ] }""", "contains the same identifier twice")]
    [InlineData("""{ "ExtraExtensions": [ { "Critical": true } ] }""", "Cert.ExtraExtensions.Id must be an object identifier")]
    [InlineData("""{ "ExtraExtensions": [ { "Id": [9, 1] } ] }""", "Cert.ExtraExtensions.Id must be an object identifier")]
    [InlineData("""{ "DNSNames": ["a\u0000.example"] }""", "Cert.DNSNames must be ASCII text")]
    [InlineData("""{ "DNSNames": ["größe"] }""", "\"größe\" cannot be encoded as an IA5String")]
    [InlineData("""{ "DNSNames": [""] }""", "Cert.DNSNames must be ASCII text")]
    [InlineData("""{ "EmailAddresses": ["a b@c"] }""", "Cert.EmailAddresses must be ASCII text")]
    [InlineData("""{ "URIs": [ {} ] }""", "Cert.URIs must be ASCII text")]
    [InlineData(
        """{ "PermittedIPRanges": [ { "IP": "10.0.0.0", "Mask": "/w==" } ] }""",
        "Cert.PermittedIPRanges must be an address and a mask of the same length")]
    [InlineData("""{ "RawSubject": "AQID" }""", "Cert.RawSubject must be a name in DER")]
    [InlineData("""{ "KeyUsage": 512 }""", "Cert.KeyUsage must be a sum of bits from 1 to 256")]
    [InlineData(
        """{ "Subject": { "ExtraNames": [ { "Type": [2, 5, 4, 3], "Value": 7 } ] } }""", "Cert.Subject.ExtraNames.Value must be a string")]
    [InlineData("""{ "NotAfter": "2020-01-01T00:00:00Z" }""", "has passed")]
    public async Task PostManifest_HostileTemplate_IsRefusedAndNamesTheMember(string template, string fault)
    {
        // No Marble uses the secret: what cannot be issued is refused all the same.
        CoordinatorHost host = await StartAsync();
        using HttpClient client = host.CreateClient();
        string manifest = $$"""
            { "Packages": { "p": { "UniqueID": "00" } }, "Marbles": { "m": { "Package": "p" } }, "Secrets": { "s": { "Type": "cert-ecdsa", "Size": 256, "Cert": {{template}} } } }
            """;
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative),
            new ByteArrayContent(Encoding.UTF8.GetBytes(manifest)),
            TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
        string answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(fault, System.Text.Json.Nodes.JsonNode.Parse(answer)!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "D4")]
    [InlineData(ulong.MaxValue, "null")]
    [InlineData(0, """{ "NotAfter": "9999-12-31T23:59:59Z" }""")]
    public void Issue_EndPastTheIssuers_EndsWithTheIssuer(ulong validFor, string template)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Issue(template, validFor).Certificate.Span);

        Assert.Equal(_authority.MarbleRoot.NotAfter, certificate.NotAfter);
    }

    [Fact]
    [Trait("Security", "D4")]
    public void Issue_IssuerExpired_IsRefused()
    {
        _clock.SetUtcNow(new DateTimeOffset(2320, 1, 1, 0, 0, 0, TimeSpan.Zero));

        Assert.Throws<System.Security.Cryptography.CryptographicException>(() => Issue("null"));
    }

    [Fact]
    [Trait("Security", "D14")]
    [Case("manifest", "A certificate made again has another serial number")]
    [Case("marble-api", "A certificate made again has another serial number")]
    public void Issue_Twice_GivesOtherKeysAndSerialNumbers()
    {
        StoredSecret[] secrets = [Issue("null"), Issue("null")];

        using X509Certificate2 first = X509CertificateLoader.LoadCertificate(secrets[0].Certificate.Span);
        using X509Certificate2 second = X509CertificateLoader.LoadCertificate(secrets[1].Certificate.Span);
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
        Assert.InRange(first.SerialNumber.Length, 28, 34);
        Assert.NotEqual(secrets[0].Private, secrets[1].Private);
    }

    [Theory]
    [InlineData(SecretTypes.CertRsa, 2048)]
    [InlineData(SecretTypes.CertEcdsa, 224)]
    [InlineData(SecretTypes.CertEcdsa, 521)]
    [InlineData(SecretTypes.CertEd25519, 0)]
    [Case("marble-api", "Certificates of secrets verify under the Marble root")]
    public async Task Issue_EveryKeyType_VerifiesUnderTheMarbleRootStrictly(string type, int size)
    {
        var definition = new SecretDefinition { Type = type, Size = (ulong)size, ValidFor = 7 };
        StoredSecret secret = new CertificateSecretIssuer(_clock).Issue(_authority, definition, SecretKeyPair.Generate(definition));
        await File.WriteAllTextAsync(
            Folder.File("root.pem"), _authority.MarbleRoot.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Folder.File("leaf.der"), secret.Certificate.ToArray(), TestContext.Current.CancellationToken);
        await OpenSsl.RunAsync("x509", "-inform", "DER", "-in", Folder.File("leaf.der"), "-out", Folder.File("leaf.pem"));
        await OpenSsl.RunAsync("x509", "-in", Folder.File("leaf.pem"), "-pubkey", "-noout", "-out", Folder.File("public.pem"));
        await OpenSsl.RunAsync(
            "pkey", "-pubin", "-in", Folder.File("public.pem"), "-outform", "DER", "-out", Folder.File("public.der"));

        await OpenSsl.RunAsync(
            "verify",
            "-x509_strict",
            "-attime",
            $"{s_now.AddDays(6).ToUnixTimeSeconds()}",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            "localhost",
            "-CAfile",
            Folder.File("root.pem"),
            Folder.File("leaf.pem"));

        Assert.Equal(await File.ReadAllBytesAsync(Folder.File("public.der"), TestContext.Current.CancellationToken), secret.Public);
    }

    private StoredSecret Issue(string template, ulong validFor = 0)
    {
        // Read as part of a manifest, which decides what reaches the issuer.
        string manifest =
            $$"""{ "Secrets": { "s": { "Type": "cert-ecdsa", "Size": 256, "Shared": true, "ValidFor": {{validFor}}, "Cert": {{template}} } } }""";
        SecretDefinition definition = ManifestParser.Parse(Encoding.UTF8.GetBytes(manifest)).Secrets["s"];
        return new CertificateSecretIssuer(_clock).Issue(_authority, definition, SecretKeyPair.Generate(definition));
    }

    private async Task<string> TextOfAsync(StoredSecret secret)
    {
        await File.WriteAllBytesAsync(
            Folder.File("certificate.der"), secret.Certificate.ToArray(), TestContext.Current.CancellationToken);
        return await OpenSsl.RunAsync("x509", "-inform", "DER", "-in", Folder.File("certificate.der"), "-noout", "-text");
    }
}
