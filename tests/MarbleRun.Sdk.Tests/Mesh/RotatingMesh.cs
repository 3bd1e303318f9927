using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Management.Updates;
using MarbleRun.Tests.Http;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Mesh;

/// <summary>
/// A Coordinator, a backend and a frontend whose certificates last three seconds: a minute, the least that a Coordinator allows, by a clock
/// that is twenty times as fast. Everything else is real.
/// </summary>
internal sealed class RotatingMesh : CoordinatorMachine
{
    /// <summary>A minute of real time.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);

    private readonly FastClock _clock = new(20);
    private WebApplication? _backend;
    private IHost? _frontend;

    private readonly X509Certificate2 _manager = CreateManager();
    private readonly TimeSpan _lifetime;
    private VerifiedCoordinator _verified = null!;

    private RotatingMesh(TimeSpan lifetime) => _lifetime = lifetime;

    /// <summary>The backend's connections.</summary>
    public ConnectionCount Connections { get; } = new();

    /// <summary>What the Marbles logged, at every level.</summary>
    public RecordingLogs Logs { get; } = new();

    public Uri Backend { get; private set; } = null!;

    /// <summary>Of the frontend.</summary>
    public IServiceProvider Services => _frontend!.Services;

    /// <summary>The identities of now: the backend's and the frontend's.</summary>
    public IEnumerable<MarbleIdentity> Identities =>
        new[] { _backend!.Services, _frontend!.Services }.Select(s => s.GetRequiredService<IMarbleIdentityProvider>().Current);

    /// <summary>How often an identity was renewed.</summary>
    public int Renewals => Logs.Entries.Count(e => e.Contains(" IdentityRenewed:", StringComparison.Ordinal));

    /// <summary>What went wrong with renewals.</summary>
    public IEnumerable<string> Faults => Logs.Entries.Where(
        e => e.Contains(".Renewer Renewal", StringComparison.Ordinal) || e.Contains("ActivatingAgain", StringComparison.Ordinal));

    public static Task<RotatingMesh> StartAsync() => StartAsync(TimeSpan.FromMinutes(1));

    /// <param name="lifetime">How long certificates last, by the fast clock.</param>
    public static async Task<RotatingMesh> StartAsync(TimeSpan lifetime)
    {
        var mesh = new RotatingMesh(lifetime);
        await mesh.StartHostAsync(
            services => services.AddSingleton<TimeProvider>(mesh._clock), ("Authority:RenewableCertificateLifetime", $"{lifetime:c}"));
        var expected = new CoordinatorExpectation
        {
            Verifier = mesh.Host.Platform.CreateVerifier(),
            ExpectedPackage = mesh.Host.Platform.MeasureRunningProcess().ToPackageProperties(),
            TimeProvider = mesh._clock,
            Timeout = s_patience,
        };
        VerifiedCoordinator verified = await CoordinatorClient.VerifyCoordinatorAsync($"{mesh.Host.Client}", expected);
        mesh._verified = verified;
        using var client = new CoordinatorClient(verified);
        await client.SetManifestAsync(mesh.CreateManifest());
        var pinned = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(verified.Root));
        CoordinatorTrust attested = CoordinatorTrust
            .Attested([expected.ExpectedPackage], ownerKeys: []).WithSimulation(mesh.Host.Platform.TrustAnchor);
        await mesh.StartMarblesAsync(pinned, attested);
        return mesh;
    }

    /// <summary>Updates the manifest: the mesh gets another authority.</summary>
    /// <param name="overlap">How long the one before stays accepted; empty for not at all.</param>
    public async Task UpdateManifestAsync(string overlap)
    {
        using var client = new CoordinatorClient(_verified, _manager);
        UpdateResult result = await client.UpdateAsync(CreateManifest(maxActivations: 2, overlap));
        Assert.True(result.IsApplied);
    }

    /// <summary>Stops the Coordinator and starts it again, at the same port.</summary>
    public Task RestartCoordinatorAsync()
    {
        string address = $"{Host.Mesh}";
        return Task.Run(async () =>
        {
            await StopAsync();
            await StartHostAsync(
                services => services.AddSingleton<TimeProvider>(_clock),
                ("Authority:RenewableCertificateLifetime", $"{_lifetime:c}"),
                ("MeshAddress", address));
        });
    }

    public override async ValueTask DisposeAsync()
    {
        if (_frontend is not null)
        {
            await _frontend.StopAsync();
            _frontend.Dispose();
        }

        if (_backend is not null)
        {
            await _backend.DisposeAsync();
        }

        Logs.Dispose();
        _manager.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>The backend pins the root; to the frontend the Coordinator attests itself at each renewal.</summary>
    private async Task StartMarblesAsync(CoordinatorTrust pinned, CoordinatorTrust attested)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Use(Connections.Count)));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        AddMarble(builder.Services, builder.Logging, "backend", pinned);
        _backend = builder.Build();
        _backend.MapGet("/", () => "ok").RequireMarble("frontend");
        _backend.MapGrpcService<Conversations>().RequireMarble("frontend");
        await _backend.StartAsync();
        Backend = new Uri(_backend.Urls.Single());

        HostApplicationBuilder frontend = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        AddMarble(frontend.Services, frontend.Logging, "frontend", attested);
        _frontend = frontend.Build();
        await _frontend.StartAsync();
    }

    private void AddMarble(IServiceCollection services, ILoggingBuilder logging, string type, CoordinatorTrust trust)
    {
        logging.SetMinimumLevel(LogLevel.Information).AddProvider(Logs);
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton(Host.Platform.CreateIssuer(Host.Platform.MeasureRunningProcess()));
        services.AddMarble(marble =>
        {
            marble.CoordinatorAddress = $"{Host.Mesh}";
            marble.MarbleType = type;
            marble.CoordinatorTrust = trust;
            marble.UuidFile = Folder.File($"uuid-{type}");
            marble.ActivationTimeout = s_patience;
        });
    }

    private byte[] CreateManifest(int maxActivations = 1, string overlap = "") => Encoding.UTF8.GetBytes($$"""
        {
          "Packages": { "app": { "UniqueID": "{{Host.Platform.MeasureRunningProcess().UniqueId}}" } },
          "Marbles": { "backend": { "Package": "app" }, "frontend": { "Package": "app", "MaxActivations": {{maxActivations}} } },
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

    private sealed class Conversations : Greeter.GreeterBase
    {
        public override async Task Converse(
            IAsyncStreamReader<GreetRequest> requestStream, IServerStreamWriter<GreetReply> responseStream, ServerCallContext context)
        {
            await foreach (GreetRequest request in requestStream.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(new GreetReply { Greeting = request.Name });
            }
        }
    }
}
