using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Tee;

/// <summary>Coordinators outside simulation, on files, in a world of the fake shim that may change between two starts.</summary>
internal sealed class TeeMachine : CoordinatorMachine
{
    public const string KeyName = "seal/sealed_key";
    public const string DataName = "seal/sealed_data";

    private readonly UserClient _admin = new("admin");
    private Dictionary<string, byte[]> _shares = [];

    public TestParty[] Parties { get; } = [.. TestParty.Five[..2]];

    public byte[] Root => Host.Services.GetRequiredService<CurrentState>().Value.Authority.Root.RawData;

    public string KeyPath => Folder.File(KeyName);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts in a world.</summary>
    public static async Task<TeeMachine> StartAsync(FakeTee.World world)
    {
        FakeTee.Enter(world);
        var machine = new TeeMachine();
        await machine.StartHostAsync(settings: ("Simulation", "false"));
        return machine;
    }

    /// <summary>Starts in a world, and sets a manifest.</summary>
    public static async Task<TeeMachine> StartMeshAsync(FakeTee.World world, string sealMode = "", int parties = 2)
    {
        TeeMachine machine = await StartAsync(world);
        (HttpStatusCode status, string body) = await machine.SetManifestAsync(sealMode, parties);
        Assert.True(status == HttpStatusCode.OK, body);
        return machine;
    }

    public async Task<(HttpStatusCode Status, string Body)> SetManifestAsync(string sealMode = "", int parties = 2)
    {
        // The packages are of no matter here: no Marble activates.
        var platform = SimulationPlatform.Open(Folder.File("packages"));
        byte[] manifest = GovernedManifest.Create(platform, _admin, 0, Parties[..parties], sealMode);
        (HttpStatusCode status, string body) = await PostAsync("/api/v2/manifest", new { manifest });
        if (status == HttpStatusCode.OK)
        {
            _shares = MeshToRecover.ReadShares(JsonDocument.Parse(body).RootElement.GetProperty("data").GetProperty("RecoverySecrets"));
        }

        return (status, body);
    }

    /// <summary>A user of the manifest in force sends an update.</summary>
    public async Task<(HttpStatusCode Status, string Body)> UpdateAsync(string sealMode, int parties)
    {
        var platform = SimulationPlatform.Open(Folder.File("packages"));
        byte[] manifest = GovernedManifest.Create(platform, _admin, 0, Parties[..parties], sealMode);
        (HttpStatusCode status, _, string body) = await _admin.SendAsync(Host, HttpMethod.Post, "/api/v2/update", new { manifest });
        return (status, body);
    }

    public async Task RecoverAsync()
    {
        foreach (TestParty party in Parties)
        {
            byte[] share = _shares[party.Name];
            (HttpStatusCode status, string body) = await PostAsync(
                "/api/v2/recover", new { recoverySecret = share, recoverySecretSignature = party.Sign(share) });
            Assert.True(status == HttpStatusCode.OK, body);
        }
    }

    /// <summary>1: to be recovered; 2: for a manifest; 3: Marbles may activate.</summary>
    public async Task<int> GetStatusAsync() => (await GetStatusDataAsync()).GetProperty("code").GetInt32();

    public async Task<string?> GetSealingAsync() => (await GetStatusDataAsync()).GetProperty("sealing").GetString();

    /// <summary>What the quote endpoint serves, in the form on the wire.</summary>
    public async Task<byte[]> GetQuoteAsync() => (await GetDataAsync("/api/v2/quote")).GetProperty("quote").GetBytesFromBase64();

    /// <summary>The log events of this name.</summary>
    public string FindLog(string name)
    {
        string[] entries = [.. Host.Logs.Entries.Where(e => e.Contains(name, StringComparison.Ordinal))];
        Assert.NotEmpty(entries);
        return string.Join('\n', entries);
    }

    public bool HasLog(string name) => Host.Logs.Entries.Any(e => e.Contains(name, StringComparison.Ordinal));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        FakeTee.Leave();
        _admin.Dispose();
    }

    private Task<JsonElement> GetStatusDataAsync() => GetDataAsync("/api/v2/status");

    private async Task<JsonElement> GetDataAsync(string path)
    {
        using HttpClient client = Host.CreateClient();
        string body = await client.GetStringAsync(new Uri(path, UriKind.Relative), Cancellation);
        return JsonDocument.Parse(body).RootElement.GetProperty("data");
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, object body)
    {
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response = await client.PostAsJsonAsync(path, body, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
