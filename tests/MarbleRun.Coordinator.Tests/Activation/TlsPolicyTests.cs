using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>A Marble with TLS tags gets its policy, whatever else the manifest gives it.</summary>
[Trait("Security", "E10")]
public sealed class TlsPolicyTests : RunningCoordinatorTest
{
    private const string Variable = "MARBLE_TTLS_CONFIG";


    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new StringContent(CreateManifest()), TestContext.Current.CancellationToken);
        Assert.True(
            response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("m")]
    [InlineData("mF")]
    [InlineData("mE")]
    [InlineData("mA")]
    [InlineData("mFE")]
    [InlineData("mFA")]
    [InlineData("mEA")]
    [InlineData("mFEA")]
    [Case("marble-api", "TTLS: a Marble gets its policy whatever else it gets")]
    public async Task Activate_MarbleWithTag_GetsThePolicy(string marbleType)
    {
        Parameters parameters = await MeshClient.ActivateAsync(Host, marbleType);

        string policy = parameters.Env[Variable].ToStringUtf8();
        Assert.StartsWith(
            "{\"tls\":{\"Incoming\":{\"*:2000\":{\"cacrt\":\"-----BEGIN CERTIFICATE-----\\n", policy, StringComparison.Ordinal);
        JsonElement incoming = JsonDocument.Parse(policy).RootElement.GetProperty("tls").GetProperty("Incoming").GetProperty("*:2000");
        Assert.Equal(parameters.Env["MARBLE_PREDEFINED_ROOT_CA"].ToStringUtf8(), incoming.GetProperty("cacrt").GetString());
        Assert.Equal(parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8(), incoming.GetProperty("clikey").GetString());
        Assert.True(incoming.GetProperty("clientAuth").GetBoolean());

        // The leaf alone, without the intermediate.
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(incoming.GetProperty("clicrt").GetString());
        Assert.StartsWith(
            incoming.GetProperty("clicrt").GetString()!,
            parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8(),
            StringComparison.Ordinal);
        Assert.Single(chain);
    }

    [Fact]
    [Case("marble-api", "TTLS: no tags, no variable")]
    public async Task Activate_MarbleWithoutTag_GetsNone()
    {
        Assert.DoesNotContain(Variable, (await MeshClient.ActivateAsync(Host, "untagged")).Env.Keys);
    }

    /// <summary>
    /// A Marble type for every combination of files, variables and arguments; those with variables try to set a policy of their own.
    /// </summary>
    private string CreateManifest()
    {
        var marbles = new StringBuilder();
        for (int i = 0; i < 8; i++)
        {
            (bool files, bool environment, bool arguments) = ((i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
            string name = "m" + (files ? "F" : string.Empty) + (environment ? "E" : string.Empty) + (arguments ? "A" : string.Empty);
            string[] parameters =
            [
                .. files ? (string[])["\"Files\": { \"/tmp/a\": \"a\" }"] : [],
                .. environment ? (string[])[$"\"Env\": {{ \"{Variable}\": \"{{}}\", \"A\": \"a\" }}"] : [],
                .. arguments ? (string[])["\"Argv\": [ \"./a\" ]"] : [],
            ];
            _ = marbles.Append(
                $"\"{name}\": {{ \"Package\": \"app\", \"TLS\": [ \"t\" ], \"Parameters\": {{ {string.Join(", ", parameters)} }} }}, ");
        }

        return $$"""
            {
              "Packages": { "app": { "UniqueID": "{{Host.Platform.MeasureRunningProcess().UniqueId}}" } },
              "Marbles": { {{marbles}} "untagged": { "Package": "app" } },
              "TLS": { "t": { "Incoming": [ { "Port": "2000" } ], "Outgoing": [ { "Addr": "db", "Port": "1" } ] } }
            }
            """;
    }
}
