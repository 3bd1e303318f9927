using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>
/// The servers that unauthenticated callers meet: a Coordinator with a manifest, one that waits for its first, one that waits for its
/// recovery, and a Marble.
/// </summary>
internal sealed partial class MeasuredServers : IDisposable
{
    private const string Coordinator = "MarbleRun.Coordinator.dll";
    private readonly TemporaryDirectory _directory = new();
    private readonly List<ServerProcess> _all = [];

    public SimulationPlatform Platform { get; private set; } = null!;

    public ServerProcess Serving { get; private set; } = null!;

    public IPEndPoint Mesh { get; private set; } = null!;

    public IPEndPoint Client { get; private set; } = null!;

    public ServerProcess Fresh { get; private set; } = null!;

    public IPEndPoint FreshClient { get; private set; } = null!;

    public ServerProcess Locked { get; private set; } = null!;

    public IPEndPoint LockedClient { get; private set; } = null!;

    public ServerProcess Marble { get; private set; } = null!;

    public IPEndPoint MarbleEndpoint { get; private set; } = null!;

    public static async Task<MeasuredServers> StartAsync()
    {
        var servers = new MeasuredServers();
        try
        {
            servers.Platform = SimulationPlatform.Open(servers._directory.File("simulation"));
            (servers.Serving, servers.Mesh, servers.Client) = await servers.StartCoordinatorAsync(
                "serving", ("Coordinator__Bootstrap__MaxManifestSize", "2097152"));
            await SetManifestAsync(servers.Client, servers.CreateManifest(withRecovery: false));
            (servers.Fresh, _, servers.FreshClient) = await servers.StartCoordinatorAsync("fresh");
            (ServerProcess sealing, _, IPEndPoint client) = await servers.StartCoordinatorAsync("locked");
            await SetManifestAsync(client, servers.CreateManifest(withRecovery: true));
            sealing.Dispose();
            servers._all.Remove(sealing);
            await File.WriteAllBytesAsync(servers._directory.File("locked/sealed_key"), []);
            (servers.Locked, _, servers.LockedClient) = await servers.StartCoordinatorAsync("locked");
            await servers.StartMarbleAsync();
            return servers;
        }
        catch
        {
            servers.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _all.ForEach(s => s.Dispose());
        _directory.Dispose();
    }

    private static async Task SetManifestAsync(IPEndPoint client, byte[] manifest)
    {
        using HttpMessageInvoker invoker = CallerClient.CreateInvoker(certificate: null);
        string answer = await CallerClient.SendAsync(invoker, client, "/manifest", manifest, HttpVersion.Version11);
        if (answer != "200")
        {
            throw new InvalidOperationException($"The manifest was answered with {answer}.");
        }
    }

    private async Task<(ServerProcess Server, IPEndPoint Mesh, IPEndPoint Client)> StartCoordinatorAsync(
        string folder, params (string Name, string Value)[] environment)
    {
        (ServerProcess server, Match ready) = await ServerProcess.StartAsync(
            Coordinator,
            [
                "--simulation",
                "--seal-directory",
                _directory.File(folder),
                "--mesh-address",
                "127.0.0.1:0",
                "--client-address",
                "127.0.0.1:0",
            ],
            CoordinatorListens(),
            [("MARBLERUN_SIMULATION_DIR", _directory.File("simulation")), .. environment]);
        _all.Add(server);
        return (server, IPEndPoint.Parse(ready.Groups[1].Value), IPEndPoint.Parse(ready.Groups[2].Value));
    }

    private async Task StartMarbleAsync()
    {
        (ServerProcess server, Match ready) = await ServerProcess.StartAsync(
            "MarbleRun.Benchmarks.dll",
            [ServedMarble.Command],
            MarbleListens(),
            ("MARBLERUN_SIMULATION_DIR", _directory.File("simulation")),
            ("EDG_MARBLE_COORDINATOR_ADDR", Mesh.ToString()),
            ("EDG_MARBLE_TYPE", "m0"),
            ("EDG_MARBLE_UUID_FILE", _directory.File("uuid")),
            ("OE_SIMULATION", "1"),
            ("ASPNETCORE_URLS", "https://127.0.0.1:0"));
        _all.Add(server);
        (Marble, MarbleEndpoint) = (server, IPEndPoint.Parse(ready.Groups[1].Value));
    }

    /// <summary>Some 500 KB, of two thousand Marbles: what everybody may read is as large as a large mesh makes it.</summary>
    private byte[] CreateManifest(bool withRecovery)
    {
        var marbles = new JsonObject();
        for (int i = 0; i < (withRecovery ? 1 : 2000); i++)
        {
            marbles[$"m{i}"] = new JsonObject
            {
                ["Package"] = "app",
                ["Parameters"] = new JsonObject
                {
                    ["Env"] = new JsonObject { ["KEY"] = "{{ hex .Secrets.key }}", ["NAME"] = new string('x', 150) },
                },
            };
        }

        var manifest = new JsonObject
        {
            ["Packages"] = new JsonObject { ["app"] = new JsonObject { ["UniqueID"] = Platform.MeasureRunningProcess().UniqueId } },
            ["Secrets"] = new JsonObject { ["key"] = new JsonObject { ["Type"] = "symmetric-key", ["Size"] = 256 } },
            ["Marbles"] = marbles,
            ["Config"] = new JsonObject { ["FeatureGates"] = new JsonArray("SignQuoteEndpoint") },
        };
        if (withRecovery)
        {
            using var key = RSA.Create(3072);
            manifest["RecoveryKeys"] = new JsonObject { ["party"] = key.ExportSubjectPublicKeyInfoPem() };
        }

        return Encoding.UTF8.GetBytes(manifest.ToJsonString());
    }

    [GeneratedRegex(@"Marbles activate at (\S+); clients manage and verify at https://(\S+)\.$")]
    private static partial Regex CoordinatorListens();

    [GeneratedRegex(@"listening on: https://(\S+)$")]
    private static partial Regex MarbleListens();
}
