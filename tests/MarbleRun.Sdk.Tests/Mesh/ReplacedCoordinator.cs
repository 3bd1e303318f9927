using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Mesh;

/// <summary>
/// A Coordinator that another version of its code replaces, on the same state and at the same port, and Marbles that go on running. The
/// clock is twenty times as fast; everything else is real.
/// </summary>
internal sealed class ReplacedCoordinator : CoordinatorMachine
{
    /// <summary>The code of before, and the next one: the letter is its measurement.</summary>
    public const char Before = 'b';
    public const char Next = 'e';

    /// <summary>A minute of real time.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);

    private readonly X509Certificate2 _manager = CreateManager();
    private readonly List<RunningMarble> _marbles = [];
    private string _address = "127.0.0.1:0";
    private VerifiedCoordinator _verified = null!;

    public FastClock Clock { get; } = new(20);

    public string Root => CoordinatorTrust.FingerprintOf(_verified.Root);

    public static async Task<ReplacedCoordinator> StartAsync(
        string coordinators = "{}", IReadOnlyCollection<ManifestSignature>? signatures = null)
    {
        var mesh = new ReplacedCoordinator();
        await mesh.StartCodeAsync(Before);
        using var client = new CoordinatorClient(mesh._verified);
        await client.SetManifestAsync(mesh.CreateManifest(coordinators), signatures);
        return mesh;
    }

    /// <summary>The JSON of a <c>Coordinators</c> section.</summary>
    public static string List(char code) => $$"""{"v{{code}}":{"UniqueID":"{{new string(code, 64)}}"} }""";

    /// <summary>The trust in the code of before alone.</summary>
    public CoordinatorTrust Trust(params OwnerKey[] owners) =>
        CoordinatorTrust.Attested([Measure(Before).ToPackageProperties()], owners).WithSimulation(Host.Platform.TrustAnchor);

    /// <summary>Stops the Coordinator and starts other code on its state.</summary>
    public async Task ReplaceAsync(char code)
    {
        _address = $"{Host.Mesh}";
        await StopAsync();
        await StartCodeAsync(code);
    }

    /// <summary>Updates the manifest, with an overlap: Marbles that run renew at once.</summary>
    /// <param name="coordinators">The section.</param>
    /// <param name="owner">Signs the manifest; null for no signature.</param>
    /// <param name="overlap">How long the certificates of before are accepted.</param>
    public async Task UpdateAsync(string coordinators, ECDsa? owner = null, string overlap = "24h")
    {
        byte[] manifest = CreateManifest(coordinators, overlap);
        using var client = new CoordinatorClient(_verified, _manager);
        UpdateResult result = await client.UpdateAsync(manifest, signatures: owner is null ? null : [Sign(manifest, owner)]);
        Assert.True(result.IsApplied);
    }

    /// <summary>Adds the owner's signature of the manifest in force.</summary>
    public async Task SignAsync(string coordinators, ECDsa owner)
    {
        using var client = new CoordinatorClient(_verified, _manager);
        await client.AddManifestSignaturesAsync([Sign(CreateManifest(coordinators), owner)]);
    }

    public async Task<RunningMarble> StartMarbleAsync(CoordinatorTrust trust)
    {
        var events = new EventReader();
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddProvider(events);
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddSingleton(Host.Platform.CreateIssuer(Host.Platform.MeasureRunningProcess()));
        builder.Services.AddMarble(marble =>
        {
            marble.CoordinatorAddress = $"{Host.Mesh}";
            marble.MarbleType = "service";
            marble.CoordinatorTrust = trust;
            marble.UuidFile = Folder.File($"uuid-{_marbles.Count}");
            marble.ActivationTimeout = s_patience;
        });
        IHost host = builder.Build();
        await host.StartAsync();
        var running = new RunningMarble(host, events);
        _marbles.Add(running);
        await running.NextAsync("TrustReceived");
        return running;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (RunningMarble marble in _marbles)
        {
            await marble.DisposeAsync();
        }

        _manager.Dispose();
        await base.DisposeAsync();
    }

    private async Task StartCodeAsync(char code)
    {
        await StartHostAsync(
            services =>
            {
                services.AddSingleton<TimeProvider>(Clock);
                services.AddSingleton<IQuoteIssuer>(s =>
                {
                    SimulationPlatform platform = s.GetRequiredService<SimulationPlatform>();
                    return platform.CreateIssuer(Measure(code, platform));
                });
            },
            ("MeshAddress", _address));
        _verified = await CoordinatorClient.VerifyCoordinatorAsync(
            $"{Host.Client}",
            new CoordinatorExpectation
            {
                Verifier = Host.Platform.CreateVerifier(),
                ExpectedPackage = Measure(code).ToPackageProperties(),
                TimeProvider = Clock,
                Timeout = s_patience,
            });
    }

    private AppMeasurement Measure(char code) => Measure(code, Host.Platform);

    private static AppMeasurement Measure(char code, SimulationPlatform platform) => new()
    {
        UniqueId = new string(code, 64),
        SignerId = platform.SignerId,
        ProductId = 3,
        SecurityVersion = 1,
    };

    private static ManifestSignature Sign(byte[] manifest, ECDsa owner) =>
        ManifestSignature.Sign(MarbleRun.Manifests.Manifest.ComputeFingerprint(manifest), owner, sequence: 1);

    private byte[] CreateManifest(string coordinators, string overlap = "24h") => Encoding.UTF8.GetBytes($$"""
        {
          "Packages": { "app": { "UniqueID": "{{Host.Platform.MeasureRunningProcess().UniqueId}}" } },
          "Marbles": { "service": { "Package": "app" } },
          "Coordinators": {{coordinators}},
          "Config": { "TrustOverlap": "{{overlap}}" },
          "Users": { "manager": { "Certificate": "{{JsonEncodedText.Encode(_manager.ExportCertificatePem())}}", "Roles": [ "manager" ] } },
          "Roles": { "manager": { "ResourceType": "Manifest", "Actions": [ "UpdateManifest" ] } }
        }
        """);

    private static X509Certificate2 CreateManager()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=manager", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}

/// <summary>A Marble that runs in a host of its own.</summary>
internal sealed class RunningMarble(IHost host, EventReader events) : IAsyncDisposable
{
    public IServiceProvider Services => host.Services;

    public MarbleIdentity Identity => host.Services.GetRequiredService<IMarbleIdentityProvider>().Current;

    /// <summary>Asks for a renewal now, and waits until there is a new identity.</summary>
    public async Task RenewAsync()
    {
        RequestRenewal();
        await NextAsync("IdentityRenewed");
    }

    public void RequestRenewal() => host.Services.GetRequiredService<EarlyRenewal>().Request(Identity);

    /// <summary>Waits for an event, and returns its text.</summary>
    public Task<string> NextAsync(string name) => events.NextAsync(name);

    /// <summary>Whether there was an event, of those that were read.</summary>
    public bool Saw(string name) => events.Seen.Contains(name);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}

/// <summary>The events of a host, one after another.</summary>
internal sealed class EventReader : ILoggerProvider
{
    private readonly Channel<(string Name, string Text)> _events = Channel.CreateUnbounded<(string Name, string Text)>();

    /// <summary>The names of the events that were read.</summary>
    public List<string> Seen { get; } = [];

    /// <summary>Reads until an event has this name.</summary>
    public async Task<string> NextAsync(string name)
    {
        while (true)
        {
            (string found, string text) = await _events.Reader.ReadAsync(TestContext.Current.CancellationToken);
            Seen.Add(found);
            if (found == name)
            {
                return text;
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => new Writer(_events.Writer);

    public void Dispose() => _events.Writer.TryComplete();

    private sealed class Writer(ChannelWriter<(string Name, string Text)> events) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            events.TryWrite((eventId.Name ?? string.Empty, formatter(state, exception)));
    }
}
