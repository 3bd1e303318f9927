using System.Text;
using System.Text.Json;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

/// <summary>Faults of templates, which a Coordinator finds last.</summary>
public sealed class ManifestTemplateTests
{
    private const string Env = "Marbles.frontend.Parameters.Env.KEY";
    private const string File = "Marbles.frontend.Parameters.Files./etc/key";
    private const string Variable = "in Marble frontend: env variable KEY: ";
    private const string Executing = "executing \"data\" at ";

    [Theory]
    [InlineData(Env, "{{ raw .Secrets.session }}", Variable + "template: data:1: function \"raw\" not defined")]
    [InlineData(
        File, "{{ string .Secrets.token }}", "in Marble frontend: file /etc/key: template: data:1: function \"string\" not defined")]
    [InlineData(Env, "a\n{{ hex .Secrets.session", Variable + "template: data:2: unclosed action")]
    [InlineData(Env, "{{ if .Secrets.session }}", Variable + "template: data:1: unexpected EOF: the if of line 1 has no end")]
    [InlineData(
        Env,
        "{{ hex .Secrets.sesion }}",
        Variable + "template: data:1:3: " + Executing + "<hex .Secrets.sesion>: error calling hex: secret does not exist")]
    [InlineData(
        Env,
        "{{ hex .Previous.Secrets.x }}",
        Variable + "template: data:1:3: " + Executing + "<hex .Previous.Secrets.x>: error calling hex: secret does not exist")]
    [InlineData(
        Env,
        "{{ pem .Secrets.session }}",
        Variable + "template: data:1:3: " + Executing + "<pem .Secrets.session>: error calling pem: invalid secret type for pem encoding")]
    [InlineData(Env, "{{ pem .Secrets.session.Cert }}", Variable
        + "template: data:1:3: "
        + Executing
        + "<pem .Secrets.session.Cert>: error calling pem: tried to parse secret with empty value")]
    [InlineData(Env, "{{ pem .MarbleRun.RootCA.Private }}", Variable
        + "template: data:1:3: "
        + Executing
        + "<pem .MarbleRun.RootCA.Private>: error calling pem: tried to parse secret with empty value")]
    [InlineData(Env, "{{ hex .Secrets.session.private }}", Variable
        + "template: data:1:15: "
        + Executing
        + "<.Secrets.session.private>: can't evaluate field private in type manifest.Secret")]
    [InlineData(
        File,
        "{{ raw .Previous.MarbleRun.RootCA }}",
        "in Marble frontend: file /etc/key: template: data:1:16: " + Executing
        + "<.Previous.MarbleRun.RootCA>: can't evaluate field MarbleRun in type struct { Secrets map[string]manifest.Secret }")]
    [Case("manifest", "Dry run: a secret that is missing")]
    [Case("manifest", "Dry run: private and public parts of the authorities")]
    public void Validate_FaultOfATemplate_IsReportedWithItsPlaceInTheWordsOfTheWire(string place, string template, string message)
    {
        ManifestProblem problem = Assert.Single(
            ManifestChecker.Check(ManifestChecksTests.Changed(place, JsonSerializer.Serialize(template))).Problems);

        Assert.Equal((ManifestStage.Template, ManifestSeverity.Error, message), (problem.Stage, problem.Severity, problem.Message));
        Assert.Equal(
            place == Env ? "$.Marbles.frontend.Parameters.Env.KEY" : "$.Marbles.frontend.Parameters.Files['/etc/key']", problem.Path);
    }

    [Theory]
    [InlineData("{{ pem .MarbleRun.RootCA.Cert }}{{ pem .MarbleRun.MarbleCert.Cert }}{{ pem .MarbleRun.MarbleCert.Private }}")]
    [InlineData("{{ pem .MarbleRun.CoordinatorRoot.Cert }}{{ pem .MarbleRun.CoordinatorIntermediate.Cert }}")]
    [InlineData(
        "{{ hex .Secrets.session }}{{ base64 .Previous.Secrets.disk }}{{ pem .Secrets.server.Private }}{{ string .Secrets.token }}")]
    [InlineData("{{ pem .Secrets.ca.Cert }}{{ hex (slice .Secrets.disk.Private 0 8) }}{{ .Secrets.server.ValidFor }}")]
    [InlineData("{{ range $name, $secret := .Secrets }}{{ $name }}={{ hex $secret }}{{ end }}")]
    [Case("manifest", "Dry run: `raw` and `hex` of shared keys in files, current and previous")]
    public void Validate_TemplateThatWorks_IsNoProblem(string template) =>
        Assert.Empty(ManifestChecker.Check(ManifestChecksTests.Changed(Env, JsonSerializer.Serialize(template))).Problems);

    [Fact]
    public void Validate_SeveralFaults_AreAllReported()
    {
        Manifest manifest = ManifestSamples.Parse(
            """
            {
              "Packages": { "web": { "UniqueID": "FFEEDDCCBBAA99887766554433221100ffeeddccbbaa99887766554433221100" } },
              "Secrets": { "session": { "Type": "symmetric-key", "Size": 128, "Shared": true } },
              "Marbles": {
                "web": { "Package": "web", "Parameters": { "Env": {
                  "B": "{{ nope }}",
                  "A": "{{ hex .Secrets.sesion }}" } } },
                "db": { "Package": "web", "Parameters": { "Files": { "f": { "Encoding": "base64", "Data": "e3s=" } } } }
              }
            }
            """);

        ManifestProblem[] problems = [.. ManifestChecker.Check(manifest).Problems.Where(p => p.Severity == ManifestSeverity.Error)];

        Assert.Equal(
            [("$.Marbles.web.Parameters.Env.B", 6), ("$.Marbles.db.Parameters.Files.f", 8), ("$.Marbles.web.Parameters.Env.A", 7)],
            problems.Select(p => (p.Path, p.Line ?? 0)));
        Assert.Equal("Did you mean session?", problems[2].Suggestion);
    }

    [Fact]
    public void Validate_SecretThatIsNotDefinedAndNotNeeded_IsAWarning()
    {
        ManifestProblem problem = Assert.Single(
            ManifestChecker.Check(ManifestChecksTests.Changed(Env, "\"{{ if .Secrets.sesion }}x{{ end }}\"")).Problems);

        Assert.Equal(
            (ManifestSeverity.Warning, "the template names secret sesion, which is not defined"), (problem.Severity, problem.Message));
        Assert.Equal("Did you mean session?", problem.Suggestion);
    }

    [Theory]
    [InlineData("{{ raw .Secrets.session }}", "Only files have raw; a variable has hex and base64, and string for a plain secret.")]
    [InlineData("{{ pem .Secrets.session }}", "Name a part of the secret: .Cert, .Public or .Private.")]
    [InlineData("{{ hex .Secrets.elsewhere }}", "Add elsewhere to Secrets.")]
    public void Validate_UsualFault_ComesWithAdvice(string template, string suggestion) =>
        Assert.Equal(
            suggestion,
            ManifestChecker.Check(ManifestChecksTests.Changed(Env, JsonSerializer.Serialize(template))).Problems[0].Suggestion);

    [Fact]
    public void Check_WithoutRendering_FindsWhatCannotBeParsedAlone()
    {
        Manifest unparsable = ManifestChecksTests.Changed(Env, "\"{{ nope }}\"");
        Manifest unrenderable = ManifestChecksTests.Changed(Env, "\"{{ hex .Secrets.elsewhere }}\"");

        Assert.False(ManifestChecker.Check(unparsable, rendersTemplates: false).IsAccepted);
        Assert.True(ManifestChecker.Check(unrenderable, rendersTemplates: false).IsAccepted);
        Assert.False(ManifestChecker.Check(unrenderable).IsAccepted);
    }

    [Fact]
    public void Check_ZeroByteInVariable_IsOneProblem()
    {
        Manifest manifest = ManifestChecksTests.Changed(Env, "\"{{ nope }}\\u0000\"");

        Assert.Equal(
            ["in Marble frontend: env variable: KEY: content contains null bytes"],
            ManifestChecker.Check(manifest).Problems.Select(p => p.Message));
    }

    [Fact]
    public void Check_GoodManifest_HandsOnWhatItRead()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        Manifest manifest = ManifestChecksTests.Changed(
            "RecoveryKeys", JsonSerializer.Serialize(new { anna = key.ExportSubjectPublicKeyInfoPem() }));

        ManifestReport report = ManifestChecker.Check(manifest);

        Assert.Equal(manifest.Marbles.Keys, report.Plans.Keys);
        Assert.Equal(manifest.Users.Keys, report.UserCertificates.Keys);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), report.RecoveryKeys["anna"].ToArray());
    }

    [Fact]
    public void Validate_PolicyWithAKeyThatIsNoCertificate_IsRefusedForEachMarble()
    {
        Manifest manifest = ManifestChecksTests.Changed(
            "TLS.public.Incoming", """[{"Port":"443","Cert":"session","DisableClientAuth":true}]""");

        Assert.Equal(
            ["in Marble frontend: TLS: ", "in Marble backend: TLS: "],
            ManifestChecker.Check(manifest).Problems
                .Where(p => p.Severity == ManifestSeverity.Error)
                .Select(p => p.Message[..(p.Message.IndexOf("TLS: ", StringComparison.Ordinal) + 5)]));
    }

    [Theory]
    [InlineData("Secrets.session.Size", "8388616", "secret session has more than 8388608 bits")]
    [InlineData("Secrets.session.Size", "9223372036854775800", "secret session has more than 8388608 bits")]
    public void Validate_SecretThatCostsTooMuch_IsRefused(string place, string value, string message) =>
        Assert.Contains(message, ManifestChecker.Check(ManifestChecksTests.Changed(place, value)).Problems
            .Where(p => p.Stage == ManifestStage.SharedSecrets)
            .Select(p => p.Message));

    [Fact]
    public void Validate_ManyLongKeys_CostNothingUntilTheyAreUsed()
    {
        string keys = string.Join(
            ',', Enumerable.Range(0, 17).Select(i => $"\"k{i}\":{{\"Type\":\"symmetric-key\",\"Size\":8388608,\"Shared\":true}}"));
        string rsa = string.Join(',', Enumerable.Range(0, 65).Select(
            i => $"\"r{i}\":{{\"Type\":\"cert-rsa\",\"Size\":4096,\"Shared\":true}},\"p{i}\":{{\"Type\":\"cert-rsa\",\"Size\":4096}}"));

        Assert.Empty(Errors("x"));
        Assert.Equal(
            [
                "the keys that are used have more than 134217728 bits together",
                "shared RSA keys that are used have more than 262144 bits together",
                "private RSA keys that one Marble uses have more than 32768 bits together",
            ],
            Errors("{{ range .Secrets }}{{ len .Public }}{{ end }}"));

        IEnumerable<string> Errors(string template) =>
            ManifestChecker.Check(
                ManifestSamples.Parse(
                    "{\"Packages\":{\"p\":{\"Debug\":true}},\"Secrets\":{" + keys + "," + rsa
                    + "},\"Marbles\":{\"m\":{\"Package\":\"p\",\"Parameters\":{\"Env\":{\"A\":\"" + template + "\"}}}}}"))
                .Problems.Where(p => p.Stage == ManifestStage.SharedSecrets).Select(p => p.Message);
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Validate_TemplatesMadeToBeSlow_AreBounded()
    {
        string secrets = string.Join(',', Enumerable.Range(0, 2_000).Select(i => $"\"k{i}\":{{\"Type\":\"symmetric-key\",\"Size\":128}}"));
        string marbles = string.Join(
            ',',
            Enumerable.Range(0, 2_000).Select(
                i => $"\"m{i}\":{{\"Package\":\"p\",\"Parameters\":{{\"Env\":{{\"A\":\"{{{{ range .Secrets }}}}{{{{ hex . }}}}{{{{ end "
                    + $"}}}}\"}}}}}}"));

        ManifestProblem[] problems =
            [.. ManifestChecker.Check(ManifestParser.Parse(Encoding.UTF8.GetBytes(
                $"{{\"Packages\":{{\"p\":{{\"Debug\":true}}}},\"Secrets\":{{{secrets}}},\"Marbles\":{{{marbles}}}}}"))).Problems];

        Assert.EndsWith(
            "the templates take too many steps together",
            Assert.Single(problems, p => p.Severity == ManifestSeverity.Error).Message,
            StringComparison.Ordinal);
    }
}
