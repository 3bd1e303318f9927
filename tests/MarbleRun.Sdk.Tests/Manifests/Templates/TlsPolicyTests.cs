using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Reading;
using MarbleRun.Manifests.Templates;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests.Templates;

[Trait("Security", "E10")]
public sealed class TlsPolicyTests
{
    private const string RootPem = "-----BEGIN CERTIFICATE-----\nCg==\n-----END CERTIFICATE-----\n";
    private const string LeafPem = "-----BEGIN CERTIFICATE-----\nCw==\n-----END CERTIFICATE-----\n";
    private const string LeafKeyPem = "-----BEGIN PRIVATE KEY-----\nDA==\n-----END PRIVATE KEY-----\n";

    /// <summary>
    /// Tags <c>a</c> and <c>b</c>: the same port and the same address in both, keys out of order, and characters that JSON can write in
    /// several ways.
    /// </summary>
    private const string Manifest =
        """
        {
          "Packages": { "app": { "UniqueID": "00" } },
          "Marbles": { "web": { "Package": "app", "TLS": [ "a", "b" ] }, "bare": { "Package": "app", "TLS": [ "none" ] }, "untagged": { "Package": "app" } },
          "Secrets": { "cert": { "Type": "cert-rsa", "Size": 2048, "UserDefined": true }, "empty": { "Type": "cert-rsa", "Size": 2048, "UserDefined": true } },
          "TLS": {
            "a": { "Incoming": [ { "Port": "443" }, { "Port": "2000" }, { "Port": "80", "Addr": "ignored" } ], "Outgoing": [ { "Addr": "b<&>\"\\\u2028\u0001\u007fé😀", "Port": "1" }, { "Addr": "db", "Port": "5432" } ] },
            "b": { "Incoming": [ { "Port": "443", "Cert": "cert", "DisableClientAuth": true } ], "Outgoing": [ { "Addr": "db", "Port": "5432" }, { "Addr": "[::1]", "Port": "1\t\r\n" } ] },
            "none": {}
          }
        }
        """;

    [Fact]
    [Case("marble-api", "TTLS: entries, keys and order of the policy")]
    public void Render_Tags_AreTheJsonOfTheProtocol()
    {
        string web = Render(Manifest, "web");
        string own = "{\"cacrt\":"
            + Json(RootPem)
            + ",\"clicrt\":"
            + Json(LeafPem)
            + ",\"clientAuth\":true,\"clikey\":"
            + Json(LeafKeyPem)
            + "}";
        string outgoing = own.Replace("\"clientAuth\":true,", string.Empty, StringComparison.Ordinal);

        Assert.StartsWith("{\"tls\":{\"Incoming\":{\"*:2000\":" + own + ",\"*:443\":{\"cacrt\":", web, StringComparison.Ordinal);
        Assert.Contains(
            "\"clientAuth\":false,\"clikey\":\"-----BEGIN PRIVATE KEY-----\\nAwQ=\\n-----END PRIVATE KEY-----\\n\"},\"*:80\":" + own + "},",
            web,
            StringComparison.Ordinal);
        Assert.EndsWith(
            ",\"Outgoing\":{\"[::1]:1\\t\\r\\n\":"
            + outgoing
            + ",\"b\\u003c\\u0026\\u003e\\\"\\\\\\u2028\\u0001\u007fé😀:1\":"
            + outgoing
            + ",\"db:5432\":"
            + outgoing
            + "}}}",
            web,
            StringComparison.Ordinal);
        Assert.Equal("""{"tls":{"Incoming":{},"Outgoing":{}}}""", Render(Manifest, "bare"));
        Assert.Null(PlanOf(Manifest, "untagged").Tls.Render(TestTemplates.Data));
    }

    [Fact]
    [Case("marble-api", "TTLS: entries, keys and order of the policy")]
    public async Task Render_Tags_AreTheBytesOfGo()
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "case.json");
        JsonElement tags = JsonDocument.Parse(Manifest).RootElement.GetProperty("TLS");
        string certificate = TestTemplates.Run("{{ pem .Secrets.cert.Cert }}");
        string key = TestTemplates.Run("{{ pem .Secrets.cert.Private }}");
        var given = new
        {
            Root = RootPem,
            Cert = LeafPem,
            Key = LeafKeyPem,
            Incoming = new object[]
            {
                new { Port = "443" },
                new { Port = "2000" },
                new { Port = "80" },
                new { Port = "443", Cert = certificate, Key = key, OpenToAll = true },
            },
            Outgoing = tags.GetProperty("a").GetProperty("Outgoing").EnumerateArray().Concat(
                tags.GetProperty("b").GetProperty("Outgoing").EnumerateArray()),
        };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(given), TestContext.Current.CancellationToken);

        string expected = await GoOracle.RunAsync("policy.go", file);

        Assert.Equal(expected, Render(Manifest, "web"));
    }

    [Fact]
    [Case("marble-api", "Wire: a TTLS certificate that is not set")]
    public void Render_SecretThatWasNotUploaded_IsAFaultThatNamesIt()
    {
        MarblePlan plan = PlanOf(Manifest.Replace("\"Cert\": \"cert\"", "\"Cert\": \"empty\"", StringComparison.Ordinal), "web");

        TemplateException fault = Assert.Throws<TemplateException>(() => plan.Tls.Render(TestTemplates.Data));

        Assert.Equal("the secret empty of the incoming port 443 has no certificate with a private key; upload both", fault.Message);
    }

    [Fact]
    public void Render_PolicyThatCannotBeDelivered_IsAFault()
    {
        string entries = string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $"{{ \"Port\": \"{i}\" }}"));
        MarblePlan plan = PlanOf(
            Manifest.Replace("\"none\": {}", $"\"none\": {{ \"Incoming\": [ {entries} ] }}", StringComparison.Ordinal), "bare");

        Assert.Equal(
            "the TLS policy is longer than 4194304 bytes",
            Assert.Throws<TemplateException>(() => plan.Tls.Render(TestTemplates.Data)).Message);
    }

    [Fact]
    public void References_SecretsOfTags_AreNeeded()
    {
        Assert.Equal(["cert"], PlanOf(Manifest, "web").References.Secrets);
        Assert.Empty(PlanOf(Manifest, "bare").References.Secrets);
    }

    private static string Render(string manifest, string marbleType) =>
        Encoding.UTF8.GetString(PlanOf(manifest, marbleType).Tls.Render(TestTemplates.Data)!.Value.Span);

    private static string Json(string text) => $"\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    private static MarblePlan PlanOf(string json, string marbleType)
    {
        Assert.True(
            ManifestParser.TryParse(
                Encoding.UTF8.GetBytes(json), out Manifest? manifest, out ImmutableArray<ManifestProblem> problems),
            string.Join('\n', problems));
        return MarblePlan.Create(marbleType, manifest, TemplateReferences.Names(manifest.Secrets.Keys));
    }
}
