using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Cli.Dashboard.Serving;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Cli.Dashboard.Watching;
using MarbleRun.Management;
using MarbleRun.Testing;

namespace MarbleRun.Dashboard.Tests;

/// <summary>A mesh with a shop's Marbles and two administrators, and the dashboard of one of them.</summary>
internal sealed class DashboardMesh : IAsyncDisposable, ICoordinatorDoor
{
    private readonly CancellationTokenSource _end = new();
    private readonly ManualResetEventSlim _isReplaced = new(true);
    private Task _running = Task.CompletedTask;
    private Func<ICoordinatorClient, ICoordinatorClient> _wrap = client => client;

    private DashboardMesh(bool isReadOnly)
    {
        User = isReadOnly ? null : Alice;
    }

    public X509Certificate2 Alice { get; } = CreateUser("alice");

    public X509Certificate2 Bob { get; } = CreateUser("bob");

    /// <summary>The Coordinator that answers at the address now.</summary>
    public TestMesh Mesh { get; private set; } = null!;

    public CoordinatorWatch Watch { get; private set; } = null!;

    public DashboardServer Server { get; private set; } = null!;

    public string Address { get; private set; } = string.Empty;

    public X509Certificate2? User { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts Coordinator and dashboard.</summary>
    /// <param name="change">Changes the manifest.</param>
    /// <param name="isReadOnly">Whether the dashboard has no user.</param>
    /// <param name="wrap">Changes what the Coordinator answers.</param>
    /// <param name="isLive">Whether the dashboard asks by itself; otherwise the test does by <see cref="Watch"/>.</param>
    public static async Task<DashboardMesh> StartAsync(
        Action<JsonObject>? change = null,
        bool isReadOnly = false,
        Func<ICoordinatorClient, ICoordinatorClient>? wrap = null,
        bool isLive = false)
    {
        var mesh = new DashboardMesh(isReadOnly);
        mesh._wrap = wrap ?? mesh._wrap;
        mesh.Mesh = await TestMesh.StartAsync(mesh.CreateManifest(change), Configure, Cancellation);
        mesh.Address = mesh.Mesh.ClientAddress;
        mesh.Expected = mesh.Mesh.Expected;
        mesh.Watch = new CoordinatorWatch(mesh, TimeSpan.FromMilliseconds(200), TimeProvider.System);
        await mesh.Watch.StartAsync(Cancellation);
        mesh.Server = await DashboardServer.StartAsync(mesh.Watch, TimeProvider.System, Cancellation);
        if (isLive)
        {
            mesh._running = mesh.Watch.RunAsync(mesh._end.Token);
        }

        return mesh;
    }

    public string CreateManifest(Action<JsonObject>? change = null)
    {
        JsonObject manifest = JsonNode.Parse($$$"""
            {
              "Packages": {
                "shop": { "UniqueID": "{{{new string('a', 64)}}}" },
                "store": { "UniqueID": "{{{new string('b', 64)}}}" }
              },
              "Marbles": {
                "frontend": { "Package": "shop", "TLS": ["web"] },
                "orders": { "Package": "shop", "TLS": ["orders"] },
                "database": { "Package": "store", "TLS": ["db"], "MaxActivations": 3 },
                "worker": { "Package": "shop" }
              },
              "TLS": {
                "web": {
                  "Incoming": [{ "Port": "8443", "DisableClientAuth": true, "Cert": "site" }],
                  "Outgoing": [{ "Addr": "orders", "Port": "9000" }, { "Addr": "payments.example.org", "Port": "443" }]
                },
                "orders": { "Incoming": [{ "Port": "9000" }], "Outgoing": [{ "Addr": "10.0.0.7", "Port": "5432" }] },
                "db": { "Incoming": [{ "Port": "5432" }] }
              },
              "Secrets": { "site": { "Type": "cert-ecdsa", "Size": 256, "Shared": true, "ValidFor": 30 } },
              "Users": {},
              "Roles": {
                "manage": { "ResourceType": "Manifest", "Actions": ["UpdateManifest"] },
                "guard": {
                  "ResourceType": "Marbles",
                  "ResourceNames": ["frontend", "orders", "database", "worker"],
                  "Actions": ["RevokeMarble", "ReadMarbles"]
                },
                "auditor": { "ResourceType": "Audit", "Actions": ["ReadAudit"] }
              }
            }
            """)!.AsObject();
        manifest["Users"] = new JsonObject
        {
            ["alice"] = new JsonObject
            {
                ["Certificate"] = Alice.ExportCertificatePem(),
                ["Roles"] = new JsonArray("manage", "guard", "auditor"),
            },
            ["bob"] = new JsonObject
            {
                ["Certificate"] = Bob.ExportCertificatePem(),
                ["Roles"] = new JsonArray("manage"),
            },
        };
        change?.Invoke(manifest);
        return manifest.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    /// <summary>Bob proposes another manifest.</summary>
    public async Task ProposeAsync(Action<JsonObject> change)
    {
        using CoordinatorClient bob = Mesh.CreateCoordinatorClient(Bob);
        await bob.UpdateAsync(System.Text.Encoding.UTF8.GetBytes(CreateManifest(change)), cancellationToken: Cancellation);
    }

    /// <summary>Puts another Coordinator at the address.</summary>
    /// <param name="isExpected">Whether its code is the expected one; its root is another one in any case.</param>
    public async Task ReplaceAsync(bool isExpected)
    {
        CoordinatorExpectation before = Mesh.Expected;
        _isReplaced.Reset();
        await Mesh.DisposeAsync();
        Mesh = await TestMesh.StartAsync(
            CreateManifest(m => m["Marbles"]!["intruder"] = new JsonObject { ["Package"] = "shop" }),
            options => options.Coordinator["ClientAddress"] = Address,
            Cancellation);
        Expected = isExpected ? Mesh.Expected : before;
        _isReplaced.Set();
    }

    /// <summary>Activates a Marble with code that the manifest does not name; the Coordinator refuses it.</summary>
    public async Task AttemptAsync()
    {
        Attestation.Simulation.AppMeasurement measurement = await Mesh.MeasureAsync("worker", Cancellation);
        await Assert.ThrowsAsync<MarbleActivationException>(() => Mesh.ActivateAsync(
            "worker", marble => marble.Measurement = measurement with { UniqueId = new string('c', 64) }, Cancellation));
    }

    /// <summary>What the dashboard expects.</summary>
    public CoordinatorExpectation Expected { get; private set; } = null!;

    public async Task<TrustedCoordinator> AttestAsync(CancellationToken cancellationToken)
    {
        if (!_isReplaced.IsSet)
        {
            // The other Coordinator answers before the test knows what it is.
            throw new CoordinatorVerificationException(CoordinatorVerificationFailure.Unreachable, "It does not answer.");
        }

        VerifiedCoordinator found = await CoordinatorClient.VerifyCoordinatorAsync(Address, Expected, cancellationToken);
        return new TrustedCoordinator(found.Root, found.Intermediate, found.Verdict);
    }

    /// <summary>The client of the mesh is pinned to the root that the mesh began with.</summary>
    public ICoordinatorClient Open(TrustedCoordinator coordinator) => _wrap(Mesh.CreateCoordinatorClient(User));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }

        await Server.DisposeAsync();
        Watch.Dispose();
        await Mesh.DisposeAsync();
        Alice.Dispose();
        Bob.Dispose();
        _end.Dispose();
        _isReplaced.Dispose();
    }

    /// <summary>The first manifest may have many values.</summary>
    private static void Configure(TestMeshOptions options) => options.Coordinator["Bootstrap:MaxManifestSize"] = "1048576";

    private static X509Certificate2 CreateUser(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }
}
