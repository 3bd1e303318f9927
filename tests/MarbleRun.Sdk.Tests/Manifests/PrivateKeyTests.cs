using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

/// <summary>Everybody can read the manifest; private keys in it are errors where no template can stand, and warnings elsewhere.</summary>
[Trait("Security", "E7")]
public sealed class PrivateKeyTests : IDisposable
{
    private const string Env = "Marbles.frontend.Parameters.Env";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
    }

    [Theory]
    [InlineData("PRIVATE KEY")]
    [InlineData("RSA PRIVATE KEY")]
    [InlineData("EC PRIVATE KEY")]
    [InlineData("ENCRYPTED PRIVATE KEY")]
    [InlineData("OPENSSH PRIVATE KEY")]
    [InlineData("PGP PRIVATE KEY BLOCK")]
    [Case("manifest", "One recovery key under two names, and private keys beside keys and certificates, are refused")]
    public void Validate_PrivateKeyBesideACertificateOrRecoveryKey_IsRefusedWithoutShowingIt(string label)
    {
        string key = $"Bag Attributes\n-----BEGIN {label}-----\nTUlJQ2FuYXJ5\n-----END {label}-----\n";
        string certificate = Certificate();

        string[] roles = ["owner"];
        foreach (string text in new[]
        {
            certificate + key,
            key + certificate,
            certificate + certificate + key,
            certificate.Replace("\n", "\r\n", StringComparison.Ordinal) + key,
        })
        {
            Manifest manifest = With("Users", new { anna = new { Certificate = text, Roles = roles } });
            ManifestProblem[] problems = [.. ManifestChecker.Check(manifest).Problems];

            Assert.Equal((ManifestSeverity.Error, ManifestStage.Users), (problems[0].Severity, problems[0].Stage));
            Assert.Equal(
                $"the certificate of user anna contains a {label}, which anyone could read in the manifest",
                Assert.Single(problems).Message);
            Assert.DoesNotContain("TUlJQ2FuYXJ5", problems[0].ToString(), StringComparison.Ordinal);
        }

        foreach (string text in new[]
        {
            _rsa.ExportSubjectPublicKeyInfoPem() + "\n" + key,
            key + _rsa.ExportSubjectPublicKeyInfoPem(),
            key,
        })
        {
            ManifestProblem problem = Assert.Single(ManifestChecker.Check(With("RecoveryKeys", new { anna = text })).Problems);

            Assert.Equal((ManifestSeverity.Error, ManifestStage.RecoveryKeys), (problem.Severity, problem.Stage));
            Assert.Equal($"recovery key anna contains a {label}, which anyone could read in the manifest", problem.Message);
        }
    }

    [Fact]
    public void Validate_PrivateKeyInParameters_IsReportedInEveryForm()
    {
        byte[] pkcs8 = _ec.ExportPkcs8PrivateKey();
        foreach (string text in new[]
        {
            _rsa.ExportPkcs8PrivateKeyPem(),
            _rsa.ExportRSAPrivateKeyPem(),
            _ec.ExportECPrivateKeyPem(),
            "cert first\n" + Certificate() + _ec.ExportPkcs8PrivateKeyPem(),
            _ec.ExportPkcs8PrivateKeyPem().Replace("\n", "\\n", StringComparison.Ordinal),
            $"{{\"key\":\"{_ec.ExportPkcs8PrivateKeyPem()}\"}}",
            Convert.ToBase64String(pkcs8),
            Convert.ToBase64String(_rsa.ExportRSAPrivateKey(), Base64FormattingOptions.InsertLineBreaks),
            Convert.ToBase64String(_ec.ExportECPrivateKey()) + "\n",
        })
        {
            Require($"{Env}.KEY", JsonSerializer.Serialize(text), "variable KEY of Marble frontend");
            Require(
                "Marbles.frontend.Parameters.Files",
                JsonSerializer.Serialize(new Dictionary<string, string> { ["/k"] = text }),
                "file /k of Marble frontend");
            Require("Marbles.frontend.Parameters.Argv", JsonSerializer.Serialize(new[] { "a", text }), "an argument of Marble frontend");
        }

        string file = JsonSerializer.Serialize(
            new Dictionary<string, object> { ["/k"] = new { Encoding = "hex", Data = Convert.ToHexString(pkcs8), NoTemplates = true } });
        Require("Marbles.frontend.Parameters.Files", file, "file /k of Marble frontend");
        Require("Notes", JsonSerializer.Serialize(_ec.ExportPkcs8PrivateKeyPem()), "member Notes");
    }

    [Theory]
    [InlineData("-----BEGIN PRIVATE KEY-----\n{{ base64 .Secrets.server.Private }}\n-----END PRIVATE KEY-----\n")]
    [InlineData("{{ pem .Secrets.server.Private }}")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("grep 'BEGIN PRIVATE KEY' file")]
    [InlineData("MIGHAgEAMBMGByqGSM49")]
    [InlineData("production")]
    public void Validate_TextThatHoldsNoPrivateKey_IsNotReported(string text) =>
        Assert.Empty(ManifestChecker.Check(ManifestChecksTests.Changed($"{Env}.KEY", JsonSerializer.Serialize(text))).Problems);

    [Fact]
    public void Validate_CertificatesAndPublicKeysInParameters_AreNotReported()
    {
        foreach (string text in new[]
        {
            Certificate(),
            Convert.ToBase64String(_ec.ExportSubjectPublicKeyInfo()),
            Convert.ToBase64String(_rsa.ExportRSAPublicKey()),
            _rsa.ExportSubjectPublicKeyInfoPem(),
            string.Concat(Certificate().Split('\n')[1..^2]),
        })
        {
            Assert.Empty(ManifestChecker.Check(ManifestChecksTests.Changed($"{Env}.KEY", JsonSerializer.Serialize(text))).Problems);
        }
    }

    private static Manifest With(string section, object value) => ManifestChecksTests.Changed(section, JsonSerializer.Serialize(value));

    private static void Require(string place, string value, string what)
    {
        ManifestProblem[] problems = [.. ManifestChecker.Check(ManifestChecksTests.Changed(place, value)).Problems];

        Assert.All(problems, problem => Assert.Equal(ManifestSeverity.Warning, problem.Severity));
        Assert.Single(problems, problem => problem.Message.StartsWith($"{what} contains a ", StringComparison.Ordinal)
            && problem.Message.EndsWith(", which anyone can read in the manifest", StringComparison.Ordinal));
    }

    private string Certificate()
    {
        using X509Certificate2 certificate = new CertificateRequest("CN=anna", _ec, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem() + "\n";
    }
}
