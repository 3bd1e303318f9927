using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>
/// Templates can compare, and the place of an error is an answer: a manifest that is tried must not show its sender what a secret contains.
/// </summary>
[Trait("Security", "G2")]
public sealed class TemplateOracleTests : CoordinatorTest
{
    /// <summary>Fails if the first byte is the guessed one: 48 is the tag of every PKCS #8 key; stand-ins begin with 65.</summary>
    private const string Oracle = "{{ if eq (index .Secrets.NAME.Private 0) BYTE }}{{ index \"\" 0 }}{{ end }}";

    [Theory]
    [InlineData("/manifest")]
    [InlineData("/api/v2/manifest")]
    public async Task Set_TemplateThatFailsForTheTrueKeyAlone_IsNotRefusedForIt(string path)
    {
        CoordinatorHost host = await StartAsync();
        var manifest = (JsonObject)JsonNode.Parse(TestManifest.Create(host))!;
        manifest["Secrets"]!["rsa"] = new JsonObject { ["Type"] = "cert-rsa", ["Size"] = 2048, ["Shared"] = true };
        manifest["Marbles"]!["oracle"] = Marble("rsa", "48");
        byte[] raw = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        using var content = path == "/manifest"
            ? new ByteArrayContent(raw)
            : new StringContent(new JsonObject { ["manifest"] = Convert.ToBase64String(raw) }.ToJsonString(), mediaType: null!);

        using HttpResponseMessage answer = await Client.PostAsync(path, content, Cancellation);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("104")]
    [InlineData("105")]
    public async Task Preview_TemplateThatComparesASecretInForce_AnswersTheSameForEveryValue(string guess)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        (await mesh.UploadAsync("text", "hunter2"u8.ToArray())).Require();
        string manifest = mesh.Manifest(m => m["Marbles"]!["oracle"] = Marble("text", guess));

        Answer preview = await mesh.StartUpdateAsync(mesh.Anna, manifest, "?dryRun=true");

        preview.Require();
    }

    private static JsonObject Marble(string secret, string guess) => new()
    {
        ["Package"] = "app",
        ["Parameters"] = new JsonObject
        {
            ["Env"] = new JsonObject
            {
                ["ORACLE"] = Oracle
                    .Replace("NAME", secret, StringComparison.Ordinal)
                    .Replace("BYTE", guess, StringComparison.Ordinal),
            },
        },
    };
}
