using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>Coordinators over one store, each on a machine of its own: another sealing key, and code as the test says.</summary>
public abstract class PeerTest : IAsyncLifetime
{
    private readonly List<CoordinatorHost> _hosts = [];

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected TemporaryDirectory Folder { get; } = new();

    private protected SharedMemoryStore Store { get; } = new();

    private protected SimulationPlatform Platform => SimulationPlatform.Open(Folder.File("simulation"));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (CoordinatorHost host in _hosts)
        {
            await host.DisposeAsync();
        }

        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Folder.Dispose();

    private protected static AppMeasurement Code(SimulationPlatform platform, char digit) =>
        platform.MeasureRunningProcess() with { UniqueId = new string(digit, 64) };

    private protected static CoordinatorState StateOf(CoordinatorHost host) => host.Services.GetRequiredService<CurrentState>().Value;

    private protected static string AddressOf(CoordinatorHost host) =>
        host.Services.GetRequiredService<CoordinatorListeners>().Peers!.ToString();

    private protected string AuditOf(string name) => string.Concat(
        Directory.GetFiles(Folder.File($"{name}/audit"), "audit-*.jsonl").Select(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            return reader.ReadToEnd();
        }));

    /// <param name="name">The name of the replica, and of its machine.</param>
    /// <param name="code">The first digit of its measurement.</param>
    /// <param name="peers">Those that it can ask.</param>
    /// <param name="isDebug">Whether it is a debug enclave.</param>
    /// <param name="store">Another store.</param>
    /// <param name="wait">How long its start waits for a peer.</param>
    /// <param name="port">Where it listens for peers.</param>
    /// <param name="leaves">Whether it removes its keys when it stops.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="afresh">Whether a manifest may replace a state that waits for its recovery.</param>
    /// <param name="configure">Replaces services.</param>
    private protected async Task<CoordinatorHost> StartAsync(
        string name,
        char code = 'a',
        IEnumerable<string>? peers = null,
        bool isDebug = false,
        IStateStore? store = null,
        string wait = "00:00:00",
        string port = "127.0.0.1:0",
        bool leaves = false,
        TimeProvider? clock = null,
        bool afresh = false,
        Action<IServiceCollection>? configure = null)
    {
        AppMeasurement measurement = Code(Platform, code);
        string machine = Directory.CreateDirectory(Folder.File($"machine-{name}")).FullName;
        CoordinatorHost host = await CoordinatorHost.StartAsync(
            Folder,
            services =>
            {
                configure?.Invoke(services);
                services.AddSingleton(store ?? Store);
                services.AddSingleton(clock ?? TimeProvider.System);
                services.AddSingleton<IQuoteIssuer>(sp => sp.GetRequiredService<SimulationPlatform>().CreateIssuer(measurement, isDebug));
                services.AddSingleton<ISealingKeyProvider>(
                    _ => new SimulationSealingKeyProvider(machine, () => measurement));
            },
            ("SealDirectory", Folder.File(name)),
            ("Store:Replica", name),
            ("Store:LeaveOnStop", $"{leaves}"),
            ("StartAfresh", $"{afresh}"),
            ("NewAuditTrail", Directory.Exists(Folder.File($"{name}/audit")) ? "false" : "true"),
            ("Peers:StartTimeout", wait),
            ("Peers:Address", port),
            ("Peers:Addresses", string.Join(',', peers ?? [])));
        _hosts.Add(host);
        return host;
    }

    /// <summary>Sets a manifest that lists these codes under Coordinators.</summary>
    private protected static async Task SetManifestAsync(CoordinatorHost host, params char[] coordinators)
    {
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new StringContent(ManifestOf(coordinators)), Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private protected static string ManifestOf(params char[] coordinators)
    {
        string listed = string.Join(',', coordinators.Select(c => $$"""  "code-{{c}}": { "UniqueID": "{{new string(c, 64)}}" }  """));
        return $$"""
            {
              "Packages": { "app": { "UniqueID": "{{new string('1', 64)}}" } },
              "Marbles": { "web": { "Package": "app" } },
              "Coordinators": { {{listed}} }
            }
            """;
    }
}
