using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.TestSupport;

/// <summary>A whole Coordinator in this process, on real sockets, in simulation unless told otherwise.</summary>
public sealed class CoordinatorHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _isDisposed;

    private CoordinatorHost(WebApplication app, RecordingLogs logs)
    {
        _app = app;
        Logs = logs;
    }

    /// <summary>Everything that was logged, at every level.</summary>
    public RecordingLogs Logs { get; }

    public IServiceProvider Services => _app.Services;

    public IPEndPoint Mesh => Services.GetRequiredService<CoordinatorListeners>().Mesh;

    public IPEndPoint Client => Services.GetRequiredService<CoordinatorListeners>().Client;

    public SimulationPlatform Platform => Services.GetRequiredService<SimulationPlatform>();

    /// <param name="directory">Holds seal directory and development root; several starts in one folder continue each other.</param>
    /// <param name="configure">Replaces services; what is there before AddCoordinator wins.</param>
    /// <param name="settings">Members of the configuration section <c>Coordinator</c>.</param>
    public static async Task<CoordinatorHost> StartAsync(
        TemporaryDirectory directory, Action<IServiceCollection>? configure = null, params (string Member, string Value)[] settings)
    {
        var logs = new RecordingLogs();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(logs);
        var values = new Dictionary<string, string?>
        {
            ["Coordinator:MeshAddress"] = "127.0.0.1:0",
            ["Coordinator:ClientAddress"] = "127.0.0.1:0",
            ["Coordinator:SealDirectory"] = directory.File("seal"),
            ["Coordinator:Simulation"] = "true",
            ["Coordinator:Peers:Address"] = "127.0.0.1:0",
        };
        foreach ((string member, string value) in settings)
        {
            values[$"Coordinator:{member}"] = value;
        }

        builder.Configuration.AddInMemoryCollection(values);
        configure?.Invoke(builder.Services);
        builder.Services.AddSingleton(_ => SimulationPlatform.Open(directory.File("simulation")));
        builder.Services.AddCoordinator();
        WebApplication app = builder.Build();
        app.UseCoordinator();
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new CoordinatorHost(app, logs);
    }

    /// <summary>A client of the client port that trusts only the certificate which is served there.</summary>
    public HttpClient CreateClient() => new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = AcceptForTest } })
    {
        BaseAddress = new Uri($"https://{Client}"),
    };

    /// <summary>What a Marble brings to an activation: a self-signed certificate with its key, and a CSR by the same key.</summary>
    public static (X509Certificate2 Certificate, byte[] Csr) CreateMarbleCredentials(params string[] dnsNames)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=MarbleRun Marble", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509Certificate2 certificate = request.CreateSelfSigned(now.AddMinutes(-1), now.AddDays(1));

        var csr = new CertificateRequest(new X500DistinguishedName(string.Empty), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string name in dnsNames)
        {
            names.AddDnsName(name);
        }

        names.AddIpAddress(IPAddress.Loopback);
        csr.CertificateExtensions.Add(names.Build());
        return (certificate, csr.CreateSigningRequest());
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static bool AcceptForTest(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null;
}
