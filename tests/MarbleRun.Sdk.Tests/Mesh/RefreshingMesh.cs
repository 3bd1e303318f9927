using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Management;
using MarbleRun.Management.Updates;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Mesh;

/// <summary>
/// A Coordinator and a Marble whose parameters change. Certificates last two minutes by a clock that is twenty times as fast: the Marble
/// renews after an update at once, and otherwise every three seconds.
/// </summary>
internal sealed class RefreshingMesh : CoordinatorMachine
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);

    private readonly FastClock _clock = new(20);
    private readonly X509Certificate2 _manager = CreateManager();
    private VerifiedCoordinator _verified = null!;
    private CoordinatorTrust _trust = CoordinatorTrust.None;
    private IHost? _marble;

    private RefreshingMesh()
    {
    }

    /// <summary>What the Marble logged.</summary>
    public RecordingLogs Logs { get; } = new();

    /// <summary>The folder that the app accepts files in.</summary>
    public string Files => Folder.File("files");

    /// <summary>Of the Marble.</summary>
    public IServiceProvider Services => _marble!.Services;

    /// <summary>Starts a mesh in whose manifest the Marble <c>app</c> has these parameters, and a secret <c>password</c>.</summary>
    public static async Task<RefreshingMesh> StartAsync(string password, Func<RefreshingMesh, JsonObject> parameters)
    {
        var mesh = new RefreshingMesh();
        Directory.CreateDirectory(mesh.Files);
        await mesh.StartHostAsync(
            services => services.AddSingleton<TimeProvider>(mesh._clock), ("Authority:RenewableCertificateLifetime", "00:02:00"));
        mesh._verified = await CoordinatorClient.VerifyCoordinatorAsync(
            $"{mesh.Host.Client}",
            new CoordinatorExpectation
            {
                Verifier = mesh.Host.Platform.CreateVerifier(),
                ExpectedPackage = mesh.Host.Platform.MeasureRunningProcess().ToPackageProperties(),
                TimeProvider = mesh._clock,
                Timeout = s_patience,
            });
        mesh._trust = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(mesh._verified.Root));
        using var client = new CoordinatorClient(mesh._verified);
        await client.SetManifestAsync(mesh.CreateManifest(parameters(mesh), hasApp: true));
        await mesh.UploadAsync("password", password);
        return mesh;
    }

    /// <summary>Starts the Marble.</summary>
    public async Task StartMarbleAsync(Action<HostApplicationBuilder> configure)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Logs);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddSingleton(Host.Platform.CreateIssuer(Host.Platform.MeasureRunningProcess()));
        await builder.AddMarbleAsync(marble =>
        {
            marble.CoordinatorAddress = $"{Host.Mesh}";
            marble.MarbleType = "app";
            marble.CoordinatorTrust = _trust;
            marble.UuidFile = Folder.File("uuid");
            marble.ActivationTimeout = s_patience;
            marble.FileRoots.Add(Files);
        });
        configure(builder);
        _marble = builder.Build();
        await _marble.StartAsync();
    }

    /// <summary>Updates the manifest; the certificates of before stay accepted for an hour.</summary>
    public async Task UpdateAsync(JsonObject parameters, bool hasApp = true)
    {
        using var client = new CoordinatorClient(_verified, _manager);
        UpdateResult result = await client.UpdateAsync(CreateManifest(parameters, hasApp));
        Assert.True(result.IsApplied);
    }

    /// <summary>Sets a secret, as a user does.</summary>
    public async Task UploadAsync(string name, string value)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = { ClientCertificates = [_manager], RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
        };
        using var client = new HttpClient(handler);
        string secret = Convert.ToBase64String(Encoding.UTF8.GetBytes(value));
        using var content = new StringContent($$"""{ "{{name}}": { "Key": "{{secret}}" } }""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync(new Uri($"https://{Host.Client}/secrets"), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public override async ValueTask DisposeAsync()
    {
        if (_marble is not null)
        {
            await _marble.StopAsync();
            _marble.Dispose();
        }

        Logs.Dispose();
        _manager.Dispose();
        await base.DisposeAsync();
    }

    private byte[] CreateManifest(JsonObject parameters, bool hasApp) => Encoding.UTF8.GetBytes($$"""
        {
          "Packages": { "app": { "UniqueID": "{{Host.Platform.MeasureRunningProcess().UniqueId}}" } },
          "Marbles": { "{{(hasApp ? "app" : "another")}}": { "Package": "app", "Parameters": {{parameters.ToJsonString()}} } },
          "Secrets": {
            "password": { "Type": "plain", "UserDefined": true },
            "more": { "Type": "plain", "UserDefined": true },
            "private": { "Type": "symmetric-key", "Size": 128 }
          },
          "Config": { "TrustOverlap": "1h" },
          "Users": {
            "manager": {
              "Certificate": "{{JsonEncodedText.Encode(_manager.ExportCertificatePem())}}", "Roles": [ "manager", "writer" ]
            }
          },
          "Roles": {
            "manager": { "ResourceType": "Manifest", "Actions": [ "UpdateManifest" ] },
            "writer": { "ResourceType": "Secrets", "ResourceNames": [ "password", "more" ], "Actions": [ "WriteSecret" ] }
          }
        }
        """);

    private static X509Certificate2 CreateManager()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=manager", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
