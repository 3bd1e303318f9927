using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>A Coordinator with a manifest, whose machine can forget the key; everything is asked over TLS.</summary>
internal sealed class MeshToRecover : CoordinatorMachine
{
    public const string KeyName = "seal/sealed_key";
    public const string DataName = "seal/sealed_data";

    private MeshToRecover(TestParty[] parties)
    {
        Parties = parties;
    }

    public TestParty[] Parties { get; }

    public UserClient Admin { get; } = new("admin");

    /// <summary>By the party's name, its share in the clear.</summary>
    public IReadOnlyDictionary<string, byte[]> Shares { get; private set; } = new Dictionary<string, byte[]>();

    public string[] AuditFiles => [.. Directory.GetFiles(Folder.File("seal/audit"), "*.jsonl").Order(StringComparer.Ordinal)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<MeshToRecover> StartAsync(
        int parties, int threshold = 0, string sealMode = "", params (string Member, string Value)[] settings)
    {
        var mesh = new MeshToRecover([.. TestParty.Five[..parties]]);
        await mesh.StartHostAsync(settings: settings);
        (HttpStatusCode status, string body) = await mesh.PostAsync(
            "/api/v2/manifest", new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, threshold, mesh.Parties, sealMode) });
        Assert.True(status == HttpStatusCode.OK, body);
        mesh.Shares = ReadShares(JsonDocument.Parse(body).RootElement.GetProperty("data").GetProperty("RecoverySecrets"));
        return mesh;
    }

    /// <summary>The same, but waiting for its parties.</summary>
    public static async Task<MeshToRecover> StartLockedAsync(int parties, int threshold = 0)
    {
        MeshToRecover mesh = await StartAsync(parties, threshold);
        await mesh.LoseKeyAsync();
        return mesh;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Admin.Dispose();
    }

    /// <summary>What the parties find in <c>RecoverySecrets</c>.</summary>
    public static Dictionary<string, byte[]> ReadShares(JsonElement secrets) =>
        secrets
            .EnumerateObject()
            .ToDictionary(s => s.Name, s => TestParty.Five.Single(p => p.Name == s.Name).Decrypt(s.Value.GetBytesFromBase64()));

    public Task LoseKeyAsync() => RestartAsync(() => File.WriteAllBytes(Folder.File(KeyName), []));

    /// <summary>Starts with these options alone.</summary>
    public async Task RestartAsync(Action? meanwhile = null, params (string Member, string Value)[] settings)
    {
        await StopAsync();
        meanwhile?.Invoke();
        await StartHostAsync(settings: settings);
    }

    public async Task RestartWithAsync(Action<IServiceCollection> configure)
    {
        await StopAsync();
        await StartHostAsync(configure);
    }

    /// <summary>Starts where nothing is of the first machine but the file of the state.</summary>
    public async Task MoveToAnotherMachineAsync()
    {
        await StopAsync();
        var next = new TemporaryDirectory();
        Directory.CreateDirectory(next.File("seal"));
        File.Copy(Folder.File(DataName), next.File(DataName));
        Folder.Dispose();
        Folder = next;
        await StartHostAsync();
    }

    public byte[] Read(string file) => File.ReadAllBytes(Folder.File(file));

    public Task<(HttpStatusCode Status, string Body)> SubmitAsync(TestParty party) =>
        SubmitAsync(Shares[party.Name], party.Sign(Shares[party.Name]));

    public Task<(HttpStatusCode Status, string Body)> SubmitAsync(byte[] secret, byte[]? signature) =>
        PostAsync("/api/v2/recover", new { recoverySecret = secret, recoverySecretSignature = signature });

    /// <summary>All parties that are needed, one after another.</summary>
    public async Task RecoverAsync(params TestParty[] parties)
    {
        string last = string.Empty;
        foreach (TestParty party in parties.Length == 0 ? Parties : parties)
        {
            (HttpStatusCode status, last) = await SubmitAsync(party);
            Assert.True(status == HttpStatusCode.OK, last);
        }

        Assert.Equal(RecoverJson(0), last);
    }

    public static string RecoverJson(int remaining) => remaining == 0
        ? "{\"status\":\"success\",\"data\":{\"remaining\":0,\"message\":\"Recovery successful.\"}}\n"
        : $"{{\"status\":\"success\",\"data\":{{\"remaining\":{remaining},\"message\":\"Secret was processed successfully. Upload the next "
        + $"secret. Remaining secrets: {remaining}\"}}}}\n";

    public Task<(HttpStatusCode Status, string Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<(HttpStatusCode Status, string Body)> PostAsync(string path, object? body) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body));

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, HttpContent? content)
    {
        using HttpClient client = Host.CreateClient();
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using HttpResponseMessage response = await client.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<JsonElement> GetDataAsync(string path)
    {
        (HttpStatusCode status, string body) = await GetAsync(path);
        Assert.True(status == HttpStatusCode.OK, body);
        return JsonDocument.Parse(body).RootElement.GetProperty("data");
    }

    public async Task<int> GetStatusCodeAsync() => (await GetDataAsync("/api/v2/status")).GetProperty("code").GetInt32();

    /// <summary>The root that the next handshake shows.</summary>
    public async Task<byte[]> GetServedRootAsync()
    {
        byte[] served = [];
        using var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => (served = shown!.GetRawCertData()).Length > 0 },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://{Host.Client}") };
        await client.GetStringAsync(new Uri("/status", UriKind.Relative), Cancellation);
        return served;
    }

    /// <summary>The root that the quote endpoint names and attests.</summary>
    public async Task<byte[]> GetAttestedRootAsync()
    {
        JsonElement data = await GetDataAsync("/api/v2/quote");
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(data.GetProperty("cert").GetString());
        byte[] root = chain[^1].RawData;
        byte[] quote = data.GetProperty("quote").GetBytesFromBase64();
        Assert.True(
            quote.AsSpan().IndexOf(System.Security.Cryptography.SHA256.HashData(root)) > 0,
            "The quote does not attest the root beside it.");
        return root;
    }

    /// <summary>The state that the Coordinator works with.</summary>
    public CoordinatorState State => Host.Services.GetRequiredService<CurrentState>().Value;
}
