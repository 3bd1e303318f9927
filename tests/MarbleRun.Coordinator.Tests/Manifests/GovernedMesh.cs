using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>
/// A running mesh with three managers, one who raises packages, a reader and a writer of secrets, and one without any role.
/// </summary>
internal sealed partial class GovernedMesh : CoordinatorMachine
{
    private GovernedMesh()
    {
    }

    public UserClient Anna { get; } = new("anna");

    public UserClient Bert { get; } = new("bert");

    public UserClient Cara { get; } = new("cara");

    public UserClient Paul { get; } = new("paul");

    public UserClient Rita { get; } = new("rita");

    public UserClient Will { get; } = new("will");

    public UserClient Nora { get; } = new("nora");

    public CoordinatorState State => Host.Services.GetRequiredService<CurrentState>().Value;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts it, with its manifest in force.</summary>
    public static async Task<GovernedMesh> StartAsync(
        Action<JsonObject>? change = null, Action<IServiceCollection>? configure = null, params (string Member, string Value)[] settings)
    {
        var mesh = new GovernedMesh();
        await mesh.StartHostAsync(configure, settings);
        mesh.First = (await mesh.SendAsync(null, "/manifest", mesh.Manifest(change))).Require();
        return mesh;
    }

    /// <summary>The answer to the first manifest.</summary>
    public Answer First { get; private set; } = null!;

    /// <summary>The manifest of the beginning, changed.</summary>
    public string Manifest(Action<JsonObject>? change = null)
    {
        JsonObject manifest = GovernedManifest.Create(Host, [
            (Anna, "anna", ["manage"]), (Bert, "bert", ["manage"]), (Cara, "cara", ["manage"]),
            (Paul, "paul", ["raise"]), (Rita, "rita", ["read"]), (Will, "will", ["write"]), (Nora, "nora", [])]);
        change?.Invoke(manifest);
        return manifest.Write();
    }

    /// <summary>GET, or POST if there is a body; without a user, without a certificate.</summary>
    public async Task<Answer> SendAsync(UserClient? user, string path, string? body = null)
    {
        HttpMethod method = body is null ? HttpMethod.Get : HttpMethod.Post;
        if (user is not null)
        {
            (HttpStatusCode status, string type, string text) = await user.SendAsync(Host, method, path, body);
            return new Answer(status, type, text);
        }

        using HttpClient client = Host.CreateClient();
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body) };
        using HttpResponseMessage response = await client.SendAsync(request, Cancellation);
        return new Answer(
            response.StatusCode, response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsStringAsync(Cancellation));
    }

    public Task<Answer> StartUpdateAsync(UserClient? user, string manifest, string query = "") =>
        SendAsync(user, "/api/v2/update" + query, V2(manifest));

    public Task<Answer> AcknowledgeAsync(UserClient? user, string manifest) => SendAsync(user, "/api/v2/update-manifest", V2(manifest));

    public Task<Answer> CancelAsync(UserClient? user) => SendAsync(user, "/api/v2/update-cancel", string.Empty);

    public Task<Answer> PendingAsync() => SendAsync(null, "/api/v2/update-manifest");

    /// <summary>A full update by all three managers.</summary>
    public async Task<Answer> UpdateAsync(string manifest)
    {
        (await StartUpdateAsync(Anna, manifest)).Require();
        (await AcknowledgeAsync(Bert, manifest)).Require();
        return (await AcknowledgeAsync(Cara, manifest)).Require();
    }

    public Task<Answer> UpdateAsync(Action<JsonObject> change) => UpdateAsync(Manifest(change));

    public Task<Answer> UploadAsync(string secret, byte[] value) =>
        SendAsync(Will, "/api/v2/secrets", $$"""{"secrets":{"{{secret}}":{"Key":"{{Convert.ToBase64String(value)}}"} } }""");

    /// <summary>What an activation gives.</summary>
    public async Task<Dictionary<string, string>> ActivateAsync(string marbleType = "web", string? uuid = null)
    {
        Parameters parameters = await MeshClient.ActivateAsync(Host, marbleType, uuid: uuid);
        return parameters.Env.ToDictionary(e => e.Key, e => e.Value.ToStringUtf8());
    }

    /// <summary>The lines of the update log without their times.</summary>
    public async Task<string[]> LogAsync() =>
        [.. (await SendAsync(null, "/api/v2/update")).Require().Data
            .GetProperty("updateLog")
            .EnumerateArray()
            .Select(line => Time().Replace(line.GetString()!, "{"))];

    /// <summary>Intermediate and root, as everybody can read them.</summary>
    public async Task<(X509Certificate2 Intermediate, X509Certificate2 Root)> CertificatesAsync()
    {
        string pem = (await SendAsync(null, "/api/v2/quote")).Require().Data.GetProperty("cert").GetString()!;
        var all = new X509Certificate2Collection();
        all.ImportFromPem(pem);
        Assert.Equal(2, all.Count);
        return (all[0], all[1]);
    }

    public static string V2(string manifest) => $"{{\"manifest\":\"{Convert.ToBase64String(Encoding.UTF8.GetBytes(manifest))}\"}}";

    public static string Fingerprint(string manifest) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(manifest)));

    public static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetString()!)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (UserClient user in (UserClient[])[Anna, Bert, Cara, Paul, Rita, Will, Nora])
        {
            user.Dispose();
        }
    }

    /// <summary>The only time that is written: UTC, with milliseconds.</summary>
    [GeneratedRegex("""^\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z",""")]
    private static partial Regex Time();
}
