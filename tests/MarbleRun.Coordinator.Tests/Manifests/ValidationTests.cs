using System.Net;
using System.Text;
using System.Text.Json;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>What <see cref="ManifestChecker.Check(Manifest, bool)"/> says without a Coordinator is what a Coordinator says.</summary>
public sealed class ValidationTests : CoordinatorTest
{
    private const string Template = "running manifest template dry run: ";
    private const string Shared = "generating secrets from manifest: ";

    public override async ValueTask InitializeAsync() => await StartAsync(settings: ("Bootstrap:MaxManifestSize", "16777216"));

    [Theory]
    [InlineData(Template, "{{ raw .Secrets.key }}")]
    [InlineData(Template, "{{ hex .Secrets.nope }}")]
    [InlineData(Template, "{{ pem .Secrets.key }}")]
    [InlineData(Template, "{{ pem .Secrets.key.Cert }}")]
    [InlineData(Template, "{{ pem .Secrets.uploaded.Cert }}")]
    [InlineData(Template, "{{ string .Secrets.key }}")]
    [InlineData(Template, "{{ pem .MarbleRun.CoordinatorRoot.Public }}")]
    [InlineData(Template, "{{ hex .Secrets.key.private }}")]
    [InlineData(Template, "{{ index .Secrets.key.Public 16 }}")]
    [InlineData(Template, "{{ define \"x\" }}")]
    [InlineData(Template, "{{ range .Secrets }}")]
    [InlineData(Template, "\0")]
    [InlineData(Template, "{{ range .Secrets.long.Public }}{{ range $.Secrets.long.Public }}{{ end }}{{ end }}")]
    [InlineData(Shared, "{{ hex .Secrets.huge }}", "\"huge\":{\"Type\":\"symmetric-key\",\"Size\":8388616,\"Shared\":true}")]
    [InlineData("checking manifest: ", "{{ hex .Secrets.nope }}", "\"x\":{\"Type\":\"key\"}")]
    [InlineData("generating placeholder secrets from manifest: ", "{{ hex .Secrets.nope }}", "\"x\":{\"Type\":\"plain\"}")]
    [Case("manifest", "Dry run: a secret that is missing")]
    [Case("manifest", "Dry run: `pem` of a whole symmetric key")]
    [Case("manifest", "Dry run: `raw` in an environment variable")]
    [Case("manifest", "Dry run: zero bytes in an environment variable")]
    public async Task Validate_ManifestThatIsRefused_SaysTheSameFirst(string prefix, string template, string? secret = null)
    {
        string manifest =
            $$"""
            {
              "Packages": { "app": { "UniqueID": "00" } },
              "Marbles": { "web": { "Package": "app", "Parameters": { "Env": { "A": {{JsonSerializer.Serialize(template)}} } } } },
              "Secrets": {
                "key": { "Type": "symmetric-key", "Size": 128, "Shared": true },
                "long": { "Type": "symmetric-key", "Size": 65280 },
                "uploaded": { "Type": "symmetric-key", "Size": 128, "UserDefined": true },
                {{secret ?? "\"other\":{\"Type\":\"cert-ecdsa\",\"Size\":256}"}}
              }
            }
            """;

        (HttpStatusCode status, string message) = await PostAsync(manifest);

        Assert.Equal((HttpStatusCode.BadRequest, prefix + FirstError(manifest)), (status, message));
    }

    [Theory]
    [InlineData(
        "{{ hex .Secrets.key }}{{ pem .Secrets.cert.Private }}{{ hex (slice .Previous.Secrets.cert.Public 0 60) }}{{ "
        + ".Secrets.cert.ValidFor }}")]
    [InlineData(
        "{{ range $n, $s := .Secrets }}{{ $n }}{{ base64 $s }}{{ end }}{{ string .Secrets.text }}{{ len .Secrets.uploaded.Private }}")]
    public async Task Validate_ManifestThatIsTaken_FindsNoError(string template)
    {
        string manifest =
            $$"""
            {
              "Packages": { "app": { "UniqueID": "00" } },
              "Marbles": { "web": { "Package": "app", "Parameters": { "Env": { "A": {{JsonSerializer.Serialize(template)}} } } } },
              "Secrets": {
                "key": { "Type": "symmetric-key", "Size": 128, "Shared": true },
                "cert": { "Type": "cert-ecdsa", "Size": 256, "Shared": true },
                "text": { "Type": "plain", "UserDefined": true },
                "uploaded": { "Type": "symmetric-key", "Size": 128, "UserDefined": true }
              }
            }
            """;

        Assert.Null(FirstError(manifest));
        Assert.Equal((HttpStatusCode.OK, string.Empty), await PostAsync(manifest));
    }

    [Theory]
    [InlineData(
        "Packages:\n  p: {}\n",
        "invalid character 'P' looking for beginning of value (line 1, column 1: This is YAML; the Coordinator accepts JSON. 'marblerun "
        + "manifest convert' converts YAML to JSON.)")]
    [InlineData(
        "{\"Packages\":{}}\n}", "invalid character '}' after top-level value (line 2, column 1: There is one } too many; remove it.)")]
    [InlineData(
        "{'Packages':{}}",
        "invalid character '\\'' looking for beginning of object key string (line 1, column 2: JSON uses double quotes only: write \" "
        + "instead of '.)")]
    [InlineData(
        "{\"Secrets\":{\"k\":{\"Size\":\"128\"}}}",
        "json: cannot unmarshal string into Go struct field Secret.Secrets.Size of type uint (line 1, column 25: Write the number without "
        + "quotes: 128.)")]
    [Case("manifest", "Text that cannot be read is answered with place and remedy")]
    public async Task Post_TextThatCannotBeRead_IsAnsweredWithPlaceAndRemedy(string manifest, string message) =>
        Assert.Equal((HttpStatusCode.BadRequest, "unmarshaling manifest: " + message), await PostAsync(manifest));

    [Theory]
    [InlineData(
        "{\"Packages\":{\"p\":{\"SignerID\":\"00\",\"ProductID\":70000,\"SecurityVersion\":1}},\"Marbles\":{\"m\":{\"Package\":\"p\"}}}",
        "ProductID 70000 of package p is above 65535")]
    [InlineData(
        "{\"Packages\":{\"p\":{\"UniqueID\":\"00\"},\"q\":{\"SecurityVersion\":65536}},\"Marbles\":{\"m\":{\"Package\":\"p\"}}}",
        "SecurityVersion 65536 of package q is above 65535")]
    public async Task Post_NumberThatNoReportHolds_IsRefused(string manifest, string message)
    {
        (HttpStatusCode status, string found) = await PostAsync(manifest);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("checking manifest: " + message, found, StringComparison.Ordinal);
    }

    private static string? FirstError(string manifest) =>
        ManifestChecker.Check(Encoding.UTF8.GetBytes(manifest)).Problems.FirstOrDefault(p => p.Severity == ManifestSeverity.Error)?.Message;

    private async Task<(HttpStatusCode Status, string Message)> PostAsync(string manifest)
    {
        using HttpResponseMessage response = await Client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new StringContent(manifest), TestContext.Current.CancellationToken);
        using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        return (
            response.StatusCode,
            body.RootElement.TryGetProperty("message", out JsonElement message) ? message.GetString()! : string.Empty);
    }
}
