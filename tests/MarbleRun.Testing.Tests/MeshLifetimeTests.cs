extern alias backend;

using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.Testing.Tests;

/// <summary>A mesh begins whole or not at all, changes as one in production does, and leaves nothing behind.</summary>
public sealed class MeshLifetimeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Meshes_BesideEachOther_DoNotKnowEachOther()
    {
        TestMesh[] meshes = await Task.WhenAll(
            TestMesh.StartAsync(Manifests.Quickstart("one"), Token), TestMesh.StartAsync(Manifests.Quickstart("two"), Token));
        await using TestMesh first = meshes[0];
        await using TestMesh second = meshes[1];
        TestMarbleApplication backend = first.CreateMarble<backend::Program>("backend");
        TestMarbleApplication otherBackend = second.CreateMarble<backend::Program>("backend");
        await Task.WhenAll(backend.StartAsync(Token), otherBackend.StartAsync(Token));
        TestMarbleClient caller = await first.ActivateAsync("frontend", Token);
        using HttpClient client = caller.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend"));

        string signature = await client.GetStringAsync(new Uri($"{backend.Address}/sign/world"), Token);

        Assert.Equal(
            Convert.ToHexStringLower(HMACSHA256.HashData(Convert.FromHexString(backend.Environment["GREETING_KEY"]), "world"u8)),
            signature);
        Assert.NotEqual(backend.Environment["GREETING_KEY"], otherBackend.Environment["GREETING_KEY"]);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri($"{otherBackend.Address}/sign/world"), Token));
        await Assert.ThrowsAsync<CoordinatorVerificationException>(
            () => CoordinatorClient.VerifyAsync(second.ClientAddress, first.Expected, Token));
        Assert.Equal("one", (await first.ActivateAsync("worker", Token)).Environment["GREETING"]);
        Assert.Equal("two", (await second.ActivateAsync("worker", Token)).Environment["GREETING"]);
    }

    [Fact]
    public async Task Dispose_StopsEverythingAndRemovesTheFolder_AndTwiceIsFine()
    {
        TestMesh mesh = await TestMesh.StartAsync(Manifests.Quickstart(), Token);
        TestMarbleApplication backend = mesh.CreateMarble<backend::Program>("backend");
        string folder = Path.GetDirectoryName(mesh.Platform.Directory)!;
        int[] ports =
        [
            new Uri(backend.Address).Port,
            new Uri($"https://{mesh.MeshAddress}").Port,
            new Uri($"https://{mesh.ClientAddress}").Port,
        ];
        Assert.All(ports, port => Assert.True(IsOpen(port)));
        Assert.True(Directory.Exists(folder));

        await mesh.DisposeAsync();
        await mesh.DisposeAsync();

        Assert.All(ports, port => Assert.False(IsOpen(port)));
        Assert.False(Directory.Exists(folder));
        Assert.Throws<ObjectDisposedException>(() => mesh.CreateMarble<backend::Program>("backend"));
    }

    [Fact]
    public async Task Dispose_WhileAnAppWaitsInItsStart_EndsTheStart()
    {
        TestMesh mesh = await TestMesh.StartAsync(Manifests.Quickstart(), Token);
        var waiting = new WaitingService(mesh.Clock);
        TestMarbleApplication backend = mesh.CreateMarble<backend::Program>(
            "backend", m => m.ConfigureServices = services => services.AddSingleton<IHostedService>(waiting));
        Task start = backend.StartAsync(Token);
        await waiting.Begun.WaitAsync(Token);

        await mesh.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        await waiting.Ended.WaitAsync(Token);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.StartAsync(Token));
        Assert.False(Directory.Exists(mesh.Platform.Directory));
    }

    [Fact]
    public async Task Start_WithABadManifest_NamesAllProblems()
    {
        ManifestException exception = await Assert.ThrowsAsync<ManifestException>(() => TestMesh.StartAsync(
            """
            {
              "Packages": { "app": { "UniqueID": "1111111111111111111111111111111111111111111111111111111111111111" } },
              "Marbles": { "web": { "Package": "ap" }, "api": { "Package": "app", "Parameters": { "Env": { "KEY": "{{ hex .Secrets.nothing }}" } } } }
            }
            """,
            Token));

        Assert.StartsWith("The manifest has 2 errors:\n", exception.Message, StringComparison.Ordinal);
        Assert.Contains("error $.Marbles.web.Package: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("error $.Marbles.api.Parameters.Env.KEY: ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(2, exception.Problems.Count(p => p.Severity == ManifestSeverity.Error));
    }

    [Fact]
    public async Task Start_ThatFails_LeavesNoFolder()
    {
        string? folder = null;

        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => TestMesh.StartAsync(
            Manifests.Quickstart(),
            o =>
            {
                o.Coordinator["MaxRequestBodySize"] = "1";
                o.ConfigureServices = services => folder = services
                    .Select(s => s.ImplementationInstance).OfType<SimulationPlatform>().Single().Directory;
            },
            Token));

        Assert.Contains("MaxRequestBodySize", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(folder);
        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
    }

    [Fact]
    public async Task Update_OfTheManifest_CountsForMarblesThatStartAfterIt()
    {
        using X509Certificate2 alice = CreateUser("alice");
        await using TestMesh mesh = await TestMesh.StartAsync(Manifests.Quickstart("old", alice.ExportCertificatePem()), Token);
        TestMarbleClient before = await mesh.ActivateAsync("worker", Token);
        using CoordinatorClient client = mesh.CreateCoordinatorClient(alice);
        string update = Manifests.Quickstart("new", alice.ExportCertificatePem()).Replace(
            "\"SecurityVersion\": 4", "\"SecurityVersion\": 5", StringComparison.Ordinal);

        UpdateResult result = await client.UpdateAsync(Encoding.UTF8.GetBytes(update), cancellationToken: Token);
        TestMarbleClient after = await mesh.ActivateAsync("worker", Token);
        AppMeasurement measurement = await mesh.MeasureAsync("worker", Token);

        Assert.True(result.IsApplied);
        Assert.Equal(("old", "new"), (before.Environment["GREETING"], after.Environment["GREETING"]));
        Assert.Equal(
            (Manifests.ReleaseSigner, (ushort)7, (ushort)5), (measurement.SignerId, measurement.ProductId, measurement.SecurityVersion));
        MarbleActivationException refused = await Assert.ThrowsAsync<MarbleActivationException>(
            () => mesh.ActivateAsync("worker", m => m.Measurement = measurement with { SecurityVersion = 4 }, Token));
        Assert.Contains("package.security_version", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Manifest.ComputeFingerprint(Encoding.UTF8.GetBytes(update)), (await mesh.VerifyAsync(Token)).Fingerprint);
    }

    [Fact]
    public async Task Update_WithoutAUser_IsRefused()
    {
        await using TestMesh mesh = await TestMesh.StartAsync(Manifests.Quickstart(), Token);
        using CoordinatorClient client = mesh.CreateCoordinatorClient();

        CoordinatorException exception = await Assert.ThrowsAsync<CoordinatorException>(
            () => client.UpdateAsync(Encoding.UTF8.GetBytes(Manifests.Quickstart("new")), cancellationToken: Token));

        Assert.Equal(CoordinatorErrorCode.Unauthorized, exception.ErrorCode);
    }

    [Fact]
    public async Task Activate_UnknownType_FailsWithTheCoordinatorsReason()
    {
        await using TestMesh mesh = await TestMesh.StartAsync(Manifests.Quickstart(), Token);

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(
            () => mesh.ActivateAsync("none", Token));

        Assert.Contains("unknown marble type requested", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Debug": true }""")]
    [InlineData("""{ "Debug": true, "SignerID": "5555555555555555555555555555555555555555555555555555555555555555" }""")]
    [InlineData(
        """{ "SignerID": "5555555555555555555555555555555555555555555555555555555555555555", "ProductID": 0, "SecurityVersion": 65535 }""")]
    [InlineData("""{ "Tdx": { "MRTD": "%", "RTMR1": "%", "RTMR2": "%" } }""")]
    public async Task Activate_WhateverThePackageAsksFor_IsAttested(string package)
    {
        await using TestMesh mesh = await TestMesh.StartAsync(
            $$"""{ "Packages": { "app": {{package.Replace("%", new string('7', 96), StringComparison.Ordinal)}} }, "Marbles": { "app": { "Package": "app" } } }""",
            Token);

        TestMarbleClient marble = await mesh.ActivateAsync("app", Token);

        Assert.Equal("app", marble.Identity.MarbleType);
    }

    [Fact]
    public async Task Activate_WithNamesThatTheManifestRestricts_AsksForThose()
    {
        await using TestMesh mesh = await TestMesh.StartAsync(
            """
            {
              "Packages": { "app": { "UniqueID": "1111111111111111111111111111111111111111111111111111111111111111" } },
              "Marbles": { "app": { "Package": "app", "AllowedDNSNames": [ "orders", "*.orders.example" ] } }
            }
            """,
            Token);

        TestMarbleClient marble = await mesh.ActivateAsync("app", Token);

        Assert.True(marble.Identity.CertificateContext.TargetCertificate.MatchesHostname("orders"));
    }

    [Fact]
    public async Task Logs_OfTheCoordinator_AreTheTestsAndHoldNoSecret()
    {
        using var logs = new RecordingLogs();
        await using TestMesh mesh = await TestMesh.StartAsync(
            Manifests.Quickstart(), o => o.ConfigureLogging = l => l.SetMinimumLevel(LogLevel.Trace).AddProvider(logs), Token);

        TestMarbleClient marble = await mesh.ActivateAsync("worker", Token);

        Assert.Contains(logs.Entries, e => e.StartsWith("Information MarbleRun.Coordinator", StringComparison.Ordinal)
            && e.Contains("worker", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Entries, e => e.Contains(marble.Environment["Worker__Key"], StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsOpen(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static X509Certificate2 CreateUser(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>Waits for an hour of the mesh's clock, which is not advanced.</summary>
    private sealed class WaitingService(TimeProvider clock) : IHostedService
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public Task Ended => _ended.Task;

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            _begun.SetResult();
            try
            {
                await Task.Delay(TimeSpan.FromHours(1), clock, cancellationToken);
            }
            finally
            {
                _ended.SetResult();
            }
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
