using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Http;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Benchmarks.Connections;

/// <summary>
/// A Marble that a Coordinator in this process has activated, and Kestrel with the same certificate and the platform's check alone, twice:
/// the two plain ones beside each other are the noise. A third one authenticates its caller, as the app of a Marble does.
/// </summary>
internal sealed class MeshPeers : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<IAsyncDisposable> _started = [];

    public MeshPeer Marble { get; private set; } = null!;

    public MeshPeer Plain { get; private set; } = null!;

    public MeshPeer OtherPlain { get; private set; } = null!;

    public MeshPeer PlainWithUser { get; private set; } = null!;

    public static async Task<MeshPeers> StartAsync()
    {
        var peers = new MeshPeers();
        try
        {
            CoordinatorHost coordinator = await peers.StartCoordinatorAsync();
            peers.Marble = await peers.StartMarbleAsync(coordinator);
            MarbleIdentity identity = peers.Marble.Services.GetRequiredService<IMarbleIdentityProvider>().Current;
            peers.Plain = await peers.StartPlainAsync(identity);
            peers.OtherPlain = await peers.StartPlainAsync(identity);
            peers.PlainWithUser = await peers.StartPlainAsync(identity, services =>
            {
                services.AddAuthenticationCore();
                services.AddSingleton(TimeProvider.System);
                services.AddWebEncoders();
                new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, KnownCaller>(
                    KnownCaller.Name, configureOptions: null);
                services.AddAuthorization();
            });
            return peers;
        }
        catch
        {
            await peers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable started in Enumerable.Reverse(_started))
        {
            await started.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task<CoordinatorHost> StartCoordinatorAsync()
    {
        Environment.SetEnvironmentVariable("MARBLERUN_SIMULATION_DIR", _directory.File("simulation"));
        CoordinatorHost coordinator = await CoordinatorHost.StartAsync(_directory);
        _started.Add(coordinator);
        var manifest = new JsonObject
        {
            ["Packages"] = new JsonObject
            {
                ["app"] = new JsonObject { ["UniqueID"] = coordinator.Platform.MeasureRunningProcess().UniqueId },
            },
            ["Marbles"] = new JsonObject { ["m"] = new JsonObject { ["Package"] = "app" } },
        };
        using HttpClient client = coordinator.CreateClient();
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(manifest.ToJsonString()));
        using HttpResponseMessage response = await client.PostAsync(new Uri("/manifest", UriKind.Relative), body);
        response.EnsureSuccessStatusCode();
        return coordinator;
    }

    private async Task<MeshPeer> StartMarbleAsync(CoordinatorHost coordinator)
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddMarble(options =>
        {
            options.CoordinatorAddress = coordinator.Mesh.ToString();
            options.CoordinatorTrust = CoordinatorTrust.None;
            options.MarbleType = "m";
            options.Simulation = true;
            options.UuidFile = _directory.File("uuid");
            options.ConnectionLimits.HandshakeTimePerSecond = TimeSpan.FromSeconds(10);
        });
        builder.WebHost.UseUrls("https://127.0.0.1:0");
        MeshPeer peer = await MeshPeer.StartAsync(builder.Build());
        _started.Add(peer);
        peer.UseClient(MarbleHttp.CreateHandler(
            peer.Services, MarblePeerPolicy.AllowTypes("m"), transport => transport.ConnectCallback = peer.ConnectAsync));
        return peer;
    }

    /// <summary>As the platform's documentation has it: one certificate, one root, no callback but for the host's name.</summary>
    private async Task<MeshPeer> StartPlainAsync(MarbleIdentity identity, Action<IServiceCollection>? configure = null)
    {
        // A context of its own, because sessions are resumed within one.
        var context = SslStreamCertificateContext.Create(
            identity.Certificate, [.. identity.CertificateContext.IntermediateCertificates], offline: true);
        WebApplicationBuilder builder = CreateBuilder();
        configure?.Invoke(builder.Services);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = identity.Certificate,
                ServerCertificateChain = [.. identity.CertificateContext.IntermediateCertificates],
                SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                OnAuthenticate = (_, ssl) => ssl.CertificateChainPolicy = CreatePolicy(identity.MarbleRoot),
            })));
        MeshPeer peer = await MeshPeer.StartAsync(builder.Build());
        _started.Add(peer);
        peer.UseClient(new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = peer.ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = context,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateChainPolicy = CreatePolicy(identity.MarbleRoot),
                RemoteCertificateValidationCallback = (_, _, _, errors) =>
                    (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None,
            },
        });
        return peer;
    }

    private static X509ChainPolicy CreatePolicy(X509Certificate2 root) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { root },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private static WebApplicationBuilder CreateBuilder()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        return builder;
    }
}
