using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>What a manifest may cost before anybody is known, and that nothing is made for callers who have gone.</summary>
[Trait("Security", "G2")]
public sealed class FirstManifestCostTests : CoordinatorTest
{
    [Theory]
    [InlineData("/manifest", "1.1")]
    [InlineData("/api/v2/manifest", "2.0")]
    public async Task Set_SenderLeavesWhileKeysAreMade_EndsTheWork(string path, string version)
    {
        using var signal = new LogSignal();
        CoordinatorHost host = await StartAsync(s => s.AddSingleton<ILoggerProvider>(signal));
        using HttpClient client = host.CreateClient();
        UnusedKeys unused = host.Services.GetRequiredService<UnusedKeys>();
        UnusedKeys.KeyLease earlier = unused.Lease();
        earlier.Take(new SecretDefinition { Type = SecretTypes.CertRsa, Size = 4096 });
        earlier.Return();

        using var leaving = new CancellationTokenSource();
        Task<HttpResponseMessage> dear = PostAsync(client, path, CreateDear(host, 8, 4096), version, leaving.Token);
        await signal.WaitAsync("ManifestPreparing");

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dear);

        // Between two keys it notices. The others are not made, and another manifest is set with a key that was.
        await signal.WaitAsync("ManifestSenderLeft");
        int left = unused.Count;
        Assert.InRange(left, 1, 7);
        byte[] next = CreateDear(host, 1, 4096);
        using HttpResponseMessage answer = await PostAsync(client, path, next, version, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Manifest.ComputeFingerprint(next), host.Services.GetRequiredService<CurrentState>().Value.Manifest!.Fingerprint);

        // And then no key is kept any longer.
        Assert.Equal(0, unused.Count);
    }

    [Theory]
    [InlineData("/manifest", 9, 4096, HttpStatusCode.BadRequest)]
    [InlineData("/api/v2/manifest", 9, 4096, HttpStatusCode.InternalServerError)]
    [InlineData("/api/v2/manifest", 1, 8192, HttpStatusCode.InternalServerError)]
    [InlineData("/api/v2/manifest", 64, 4096, HttpStatusCode.InternalServerError)]
    public async Task Set_KeysThatCostMoreThanAnybodyMayAskFor_IsRefusedWithTheRemedy(
        string path, int count, int size, HttpStatusCode status)
    {
        CoordinatorHost host = await StartAsync();
        using HttpClient client = host.CreateClient();

        using HttpResponseMessage answer = await PostAsync(client, path, CreateDear(host, count, size), "2.0", Cancellation);

        string body = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(
            "generating secrets from manifest: shared RSA keys cost the work of more than 8 keys of 4096 bits",
            body,
            StringComparison.Ordinal);
        Assert.Contains("Coordinator:Bootstrap", body, StringComparison.Ordinal);
        Assert.Null(host.Services.GetRequiredService<CurrentState>().Value.Manifest);
    }

    [Theory]
    [InlineData(2056)]
    [InlineData(3000)]
    [InlineData(4088)]
    public async Task Set_KeySizeThatNoOtherManifestShares_IsRefusedWithTheRemedy(int size)
    {
        CoordinatorHost host = await StartAsync();
        using HttpClient client = host.CreateClient();

        (HttpStatusCode status, string body) = await AnswerAsync(client, "/manifest", CreateDear(host, 1, size));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("shared RSA keys have 2048, 3072 or 4096 bits while anybody may set the manifest", body, StringComparison.Ordinal);
        Assert.Contains("Coordinator:Bootstrap", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("preview")]
    [InlineData("update")]
    [InlineData("packages")]
    [InlineData("first")]
    public async Task Prepare_ForACallerWhoHasGone_MakesNoKey(string what)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        ManifestPreparation preparation = mesh.Host.Services.GetRequiredService<ManifestPreparation>();
        byte[] raw = Encoding.UTF8.GetBytes(mesh.Manifest(m => m["Config"]!["RotateRootSecret"] = true));
        ManifestReport report = ManifestChecker.Check(raw);
        Assert.True(report.IsAccepted);
        var gone = new CancellationToken(canceled: true);

        Assert.ThrowsAny<OperationCanceledException>(() => what switch
        {
            "packages" => preparation.UpdatePackages(mesh.State, [KeyValuePair.Create("signed", 9UL)], gone),
            "first" => preparation.First(
                mesh.State with { Manifest = null }, raw, report, isTrusted: true, new UnusedKeys().Lease(), gone),
            _ => preparation.Update(mesh.State, raw, report, gone),
        });
    }

    [Theory]
    [InlineData("/manifest")]
    [InlineData("/api/v2/manifest")]
    public async Task Set_ManifestLargerThanAnybodyMaySend_IsRefusedWithTheOption(string path)
    {
        CoordinatorHost host = await StartAsync();
        using HttpClient client = host.CreateClient();

        (HttpStatusCode status, string body) = await AnswerAsync(client, path, CreateLong(host, 300_000));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("Coordinator:Bootstrap:MaxManifestSize", body, StringComparison.Ordinal);
        Assert.Null(host.Services.GetRequiredService<CurrentState>().Value.Manifest);
    }

    [Theory]
    [InlineData("/manifest", HttpStatusCode.BadRequest)]
    [InlineData("/api/v2/manifest", HttpStatusCode.InternalServerError)]
    public async Task Set_MoreValuesThanAnybodyMaySend_IsRefusedWithTheOption(string path, HttpStatusCode refused)
    {
        CoordinatorHost host = await StartAsync();
        using HttpClient client = host.CreateClient();

        (HttpStatusCode status, string body) = await AnswerAsync(client, path, CreateWithVariables(host, 2100));

        Assert.Equal(refused, status);
        Assert.Contains("checking manifest: it has more than 2048 values", body, StringComparison.Ordinal);
        Assert.Contains("Coordinator:Bootstrap:MaxManifestSize", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_MoreUsersThanAnybodyMayName_IsRefusedWithTheOption()
    {
        CoordinatorHost host = await StartAsync();
        using HttpClient client = host.CreateClient();
        var manifest = (JsonObject)JsonNode.Parse(TestManifest.Create(host))!;
        manifest["Users"] = new JsonObject(
            Enumerable.Range(0, 33).Select(i => KeyValuePair.Create($"u{i}", (JsonNode?)new JsonObject { ["Certificate"] = "none" })));

        (HttpStatusCode status, string body) = await AnswerAsync(client, "/manifest", Encoding.UTF8.GetBytes(manifest.ToJsonString()));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("checking manifest: it has more than 32 users and recovery keys", body, StringComparison.Ordinal);
        Assert.Contains("Coordinator:Bootstrap:MaxManifestSize", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/manifest", true)]
    [InlineData("/manifest", false)]
    [InlineData("/api/v2/manifest", true)]
    [InlineData("/api/v2/manifest", false)]
    public async Task Set_LargeManifestWithTheOption_IsTaken(string path, bool isLong)
    {
        CoordinatorHost host = await StartAsync(settings: ("Bootstrap:MaxManifestSize", "400000"));
        using HttpClient client = host.CreateClient();

        (HttpStatusCode status, string body) = await AnswerAsync(
            client, path, isLong ? CreateLong(host, 300_000) : CreateWithVariables(host, 5000));

        Assert.True(status == HttpStatusCode.OK, body);
    }

    [Fact]
    public async Task Set_LargeManifestOfTheUserWhoIsNamed_IsTaken()
    {
        using X509Certificate2 certificate = ShownCertificates.Issue("owner");
        CoordinatorHost host = await StartAsync(
            settings: ("Bootstrap:CertificateFingerprint", certificate.GetCertHashString(HashAlgorithmName.SHA256)));
        using ShownCertificates client = ShownCertificates.To(host, certificate);

        Assert.StartsWith(
            "200 ",
            await client.SendAsync("/manifest", Encoding.UTF8.GetString(CreateWithVariables(host, 5000))),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_TemplatesThatCostMoreThanAnybodyMayAskFor_AreRefusedWithTheRemedy()
    {
        CoordinatorHost host = await StartAsync();
        using HttpClient client = host.CreateClient();
        var manifest = (JsonObject)JsonNode.Parse(TestManifest.Create(host))!;
        manifest["Secrets"]!["long"] = new JsonObject { ["Type"] = "symmetric-key", ["Size"] = 8_000_000, ["Shared"] = true };
        manifest["Marbles"]!["long"] = new JsonObject
        {
            ["Package"] = "app",
            ["Parameters"] = new JsonObject { ["Env"] = new JsonObject { ["A"] = "{{ hex .Secrets.long }}" } },
        };

        (HttpStatusCode status, string body) = await AnswerAsync(client, "/manifest", Encoding.UTF8.GetBytes(manifest.ToJsonString()));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("running manifest template dry run: in Marble long: ", body, StringComparison.Ordinal);
        Assert.Contains("Coordinator:StartupManifest", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/manifest", HttpStatusCode.BadRequest)]
    [InlineData("/api/v2/manifest", HttpStatusCode.InternalServerError)]
    public async Task Set_ActionsLongerThanAnybodyMaySend_AreRefusedWithTheRemedy(string path, HttpStatusCode refused)
    {
        CoordinatorHost host = await StartAsync();
        using HttpClient client = host.CreateClient();

        (HttpStatusCode status, string body) = await AnswerAsync(client, path, CreateWithActions(host, 40, 50));

        Assert.Equal(refused, status);
        Assert.Contains(
            "with it the actions of all templates have more than 32768 bytes together; this is more than a caller may ask for while no "
            + "manifest is set. Name who may set the manifest with Coordinator:Bootstrap",
            body,
            StringComparison.Ordinal);
        Assert.Contains("in Marble actions", body, StringComparison.Ordinal);
        Assert.Null(host.Services.GetRequiredService<CurrentState>().Value.Manifest);

        // A mesh of eighty types with ten secrets each is no such manifest.
        (status, body) = await AnswerAsync(client, path, CreateWithActions(host, 80, 10));
        Assert.True(status == HttpStatusCode.OK, body);
    }

    [Fact]
    public async Task Set_LongActionsWithTheOption_AreTaken()
    {
        CoordinatorHost host = await StartAsync(settings: ("Bootstrap:MaxManifestSize", "400000"));
        using HttpClient client = host.CreateClient();

        (HttpStatusCode status, string body) = await AnswerAsync(client, "/manifest", CreateWithActions(host, 40, 50));

        Assert.True(status == HttpStatusCode.OK, body);
    }

    [Fact]
    public async Task Set_LongActionsOfTheUserWhoIsNamed_AreTaken()
    {
        using X509Certificate2 certificate = ShownCertificates.Issue("owner");
        CoordinatorHost host = await StartAsync(
            settings: ("Bootstrap:CertificateFingerprint", certificate.GetCertHashString(HashAlgorithmName.SHA256)));
        using ShownCertificates client = ShownCertificates.To(host, certificate);

        Assert.StartsWith(
            "200 ",
            await client.SendAsync("/manifest", Encoding.UTF8.GetString(CreateWithActions(host, 40, 50))),
            StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Body)> AnswerAsync(HttpClient client, string path, byte[] manifest)
    {
        using HttpResponseMessage answer = await PostAsync(client, path, manifest, "1.1", Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private static byte[] CreateLong(CoordinatorHost host, int length) =>
        [.. TestManifest.Create(host), .. Encoding.ASCII.GetBytes(new string(' ', length))];

    private static byte[] CreateWithVariables(CoordinatorHost host, int count)
    {
        var manifest = (JsonObject)JsonNode.Parse(TestManifest.Create(host))!;
        var environment = new JsonObject();
        for (int i = 0; i < count; i++)
        {
            environment[$"V{i}"] = "value";
        }

        manifest["Marbles"]!["many"] = new JsonObject { ["Package"] = "app", ["Parameters"] = new JsonObject { ["Env"] = environment } };
        return Encoding.UTF8.GetBytes(manifest.ToJsonString());
    }

    private static byte[] CreateWithActions(CoordinatorHost host, int types, int actions)
    {
        var manifest = (JsonObject)JsonNode.Parse(TestManifest.Create(host))!;
        manifest["Secrets"]!["password"] = new JsonObject { ["Type"] = "symmetric-key", ["Size"] = 128, ["Shared"] = true };
        for (int i = 0; i < types; i++)
        {
            string text = string.Concat(Enumerable.Repeat("{{ hex .Secrets.password }}\n", actions));
            manifest["Marbles"]![$"actions{i}"] = new JsonObject
            {
                ["Package"] = "app",
                ["Parameters"] = new JsonObject { ["Files"] = new JsonObject { ["data/keys"] = text } },
            };
        }

        return Encoding.UTF8.GetBytes(manifest.ToJsonString());
    }

    private static Task<HttpResponseMessage> PostAsync(
        HttpClient client, string path, byte[] manifest, string version, CancellationToken cancellationToken)
    {
        byte[] body = path == "/manifest" ? manifest : Encoding.UTF8.GetBytes(GovernedMesh.V2(Encoding.UTF8.GetString(manifest)));
        return client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(body),
            },
            cancellationToken);
    }

    private static byte[] CreateDear(CoordinatorHost host, int count, int size)
    {
        var manifest = (JsonObject)JsonNode.Parse(TestManifest.Create(host))!;
        var environment = new JsonObject();
        for (int i = 0; i < count; i++)
        {
            manifest["Secrets"]![$"rsa{i}"] = new JsonObject { ["Type"] = "cert-rsa", ["Size"] = size, ["Shared"] = true };
            environment[$"RSA{i}"] = $"{{{{ pem .Secrets.rsa{i}.Cert }}}}";
        }

        manifest["Marbles"]!["rsa"] = new JsonObject { ["Package"] = "app", ["Parameters"] = new JsonObject { ["Env"] = environment } };
        return Encoding.UTF8.GetBytes(manifest.ToJsonString());
    }
}
