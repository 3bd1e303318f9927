using System.Text;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Mesh;

/// <summary>
/// The product with nothing replaced but the processes: a Coordinator, a backend and a frontend, over real sockets, all in this process.
/// </summary>
internal sealed class RunningMesh : CoordinatorMachine
{
    private readonly List<WebApplication> _marbles = [];

    private RunningMesh()
    {
    }

    public CoordinatorHost Coordinator => Host;

    /// <summary>What the Marbles logged, at every level.</summary>
    public RecordingLogs MarbleLogs { get; } = new();

    /// <summary>Which Coordinator the Marbles obey.</summary>
    public CoordinatorTrust Trust { get; set; } = CoordinatorTrust.None;

    public string BackendAddress { get; private set; } = string.Empty;

    public string FrontendAddress { get; private set; } = string.Empty;

    public CoordinatorExpectation Expected => new()
    {
        Verifier = Coordinator.Platform.CreateVerifier(),
        ExpectedPackage = Coordinator.Platform.MeasureRunningProcess().ToPackageProperties(),
    };

    public static async Task<RunningMesh> StartAsync()
    {
        var mesh = new RunningMesh();
        await mesh.StartHostAsync();
        VerifiedCoordinator verified = await CoordinatorClient.VerifyCoordinatorAsync($"{mesh.Coordinator.Client}", mesh.Expected);
        mesh.Trust = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(verified.Root));
        using var client = new CoordinatorClient(verified);
        await client.SetManifestAsync(mesh.CreateManifest());

        mesh.BackendAddress = await mesh.StartMarbleAsync("backend", _ => { }, app =>
        {
            app.MapGet("/secret", () => Environment.GetEnvironmentVariable("RUNNING_MESH_KEY")).RequireMarble("frontend");
            app.MapGet("/caller", (HttpContext context) => context.GetMarblePeer()?.MarbleType);
        });
        mesh.FrontendAddress = await mesh.StartMarbleAsync(
            "frontend",
            builder =>
            {
                builder.Services.Configure<MarbleOptions>(o => o.RequireMarbleClients = false);
                builder.Services.AddHttpClient("backend", c => c.BaseAddress = new Uri(mesh.BackendAddress))
                    .UseMarbleIdentity(tls => tls.PeerPolicy = MarblePeerPolicy.AllowTypes("backend"));
            },
            app =>
            {
                app.MapGet(
                    "/secret",
                    (IHttpClientFactory clients) => clients.CreateClient("backend").GetStringAsync(new Uri("/secret", UriKind.Relative)));
                app.MapGet(
                    "/caller",
                    (IHttpClientFactory clients) => clients.CreateClient("backend").GetStringAsync(new Uri("/caller", UriKind.Relative)));
            });
        return mesh;
    }

    /// <summary>Starts one more Marble; its type decides whether the Coordinator lets it.</summary>
    public async Task<string> StartMarbleAsync(
        string type, Action<WebApplicationBuilder> configure, Action<WebApplication> map, IQuoteIssuer? issuer = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(MarbleLogs);
        builder.Services.AddSingleton(issuer ?? Coordinator.Platform.CreateIssuer(Coordinator.Platform.MeasureRunningProcess()));
        builder.Services.AddMarble(marble =>
        {
            marble.CoordinatorAddress = $"{Coordinator.Mesh}";
            marble.MarbleType = type;
            marble.CoordinatorTrust = Trust;
            marble.UuidFile = Folder.File($"uuid-{type}-{_marbles.Count}");
        });
        configure(builder);
        WebApplication app = builder.Build();
        map(app);
        _marbles.Add(app);
        await app.StartAsync();
        return app.Urls.Single();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (WebApplication marble in _marbles)
        {
            await marble.DisposeAsync();
        }

        MarbleLogs.Dispose();
        await base.DisposeAsync();
    }

    private byte[] CreateManifest() => Encoding.UTF8.GetBytes($$$"""
        {
          "Packages": { "app": { "UniqueID": "{{{Coordinator.Platform.MeasureRunningProcess().UniqueId}}}" } },
          "Marbles": {
            "backend": { "Package": "app", "Parameters": { "Env": { "RUNNING_MESH_KEY": "{{ hex .Secrets.key }}" } } },
            "frontend": { "Package": "app" },
            "outsider": { "Package": "app" }
          },
          "Secrets": { "key": { "Type": "symmetric-key", "Size": 256, "Shared": true } }
        }
        """);
}
