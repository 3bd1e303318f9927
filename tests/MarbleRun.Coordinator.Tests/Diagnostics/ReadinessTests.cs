using System.Net;
using Grpc.Core;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Audit;
using MarbleRun.Coordinator.Tests.Manifests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

/// <summary>Readiness says no while activations are refused, and yes again when the reason is mended.</summary>
public sealed class ReadinessTests
{
    private const string Ready = "Marbles can activate.\n";

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "G6")]
    [Trait("Security", "F4")]
    public async Task Ready_WhileTheTrailCannotBeWritten_IsFalseUntilThereIsSpace()
    {
        var disk = new FailingDisk();
        await using GovernedMesh mesh = await StartAsync(s => s.AddSingleton<IFileOperations>(disk).AddHealthChecks().AddCoordinator());
        await mesh.ActivateAsync();
        Assert.Equal((HttpStatusCode.OK, Ready), await AskAsync(mesh));

        disk.IsFull = true;
        await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync());
        const string Fault = "Marbles cannot activate: the audit trail cannot be written, so every activation is refused.";
        Assert.Equal((HttpStatusCode.ServiceUnavailable, Fault + "\n"), await AskAsync(mesh));
        HealthReportEntry check = (await mesh.Host.Services
            .GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(Cancellation)).Entries["coordinator"];
        Assert.Equal((HealthStatus.Unhealthy, Fault), (check.Status, check.Description));

        // Asking tries again now and then, and not at each question.
        int appends = disk.Appends;
        await AskAsync(mesh);
        Assert.Equal(appends, disk.Appends);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AskAsync(mesh)).Status);

        disk.IsFull = false;
        await BecomesReadyAsync(mesh);
        await mesh.ActivateAsync();
        Assert.Contains("audit.resume - allowed {}", AuditReader.Read(mesh));
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Ready_WhileTheStateCannotBeWritten_IsFalseUntilItCan()
    {
        var files = new SwitchedFiles();
        await using GovernedMesh mesh = await StartAsync(s => s.AddSingleton<IFileOperations>(files));

        files.Inner = new SwitchedFiles.Full();
        Assert.Equal(HttpStatusCode.InternalServerError, (await mesh.UploadAsync("text", [1])).Status);
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable,
             "Marbles cannot activate: the state cannot be made durable, so that activations which are counted, and all changes, are "
             + "refused.\n"),
            await AskAsync(mesh));
        CoordinatorState before = mesh.State;

        files.Repair();
        await BecomesReadyAsync(mesh);
        Assert.True(mesh.State.Generation > before.Generation);
        (await mesh.UploadAsync("text", [1])).Require();
        await mesh.RestartAsync();
        Assert.Equal(before.Manifest!.Fingerprint, mesh.State.Manifest!.Fingerprint);
    }

    [Fact]
    public async Task Ready_AfterASuccessOfSomebodyElse_IsTrueAtOnce()
    {
        var disk = new FailingDisk();
        await using GovernedMesh mesh = await StartAsync(s => s.AddSingleton<IFileOperations>(disk));
        disk.IsFull = true;
        await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync());
        disk.IsFull = false;

        await mesh.ActivateAsync();

        Assert.Equal((HttpStatusCode.OK, Ready), await AskAsync(mesh));
    }

    [Fact]
    [Trait("Security", "D13")]
    public async Task Ready_ClockBeforeTheRootCertificate_IsFalseAndNamesTheTimes()
    {
        var ahead = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(3));
        TimeProvider clock = ahead;
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(
            configure: s => s.AddSingleton(_ => clock), settings: ("MetricsAddress", "127.0.0.1:0"));
        Assert.Equal((HttpStatusCode.OK, Ready), await AskAsync(mesh));

        clock = _clock;
        await mesh.RestartAsync();

        (HttpStatusCode status, string sentence) = await AskAsync(mesh);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith(
            "Marbles cannot activate: the root certificate is not valid yet: it is valid from ", sentence, StringComparison.Ordinal);
        Assert.Contains($"and the clock of this machine says {_clock.GetUtcNow():u}", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, "the root certificate is not valid yet")]
    [InlineData(0, null)]
    [InlineData(1, "the root certificate is not valid any more")]
    public async Task Obstacle_ClockAroundTheRootCertificate_IsFoundOutsideIt(int place, string? fault)
    {
        await using GovernedMesh mesh = await StartAsync(_ => { });
        System.Security.Cryptography.X509Certificates.X509Certificate2 root = mesh.State.Authority.Root;
        DateTimeOffset now = place < 0 ? root.NotBefore.AddMinutes(-1) : place > 0 ? root.NotAfter.AddMinutes(1) : _clock.GetUtcNow();

        string? found = new AuthorityValidity(mesh.Host.Services.GetRequiredService<CurrentState>(), new FakeTimeProvider(now)).Find();

        Assert.Equal(fault is null, found is null);
        Assert.StartsWith(fault ?? string.Empty, found ?? string.Empty, StringComparison.Ordinal);
    }

    private Task<GovernedMesh> StartAsync(Action<IServiceCollection> configure) => GovernedMesh.StartAsync(
        configure: services =>
        {
            services.AddSingleton<TimeProvider>(_clock);
            configure(services);
        },
        settings: ("MetricsAddress", "127.0.0.1:0"));

    /// <summary>An attempt is made beside the answers, so that a later one reports it.</summary>
    private async Task BecomesReadyAsync(GovernedMesh mesh)
    {
        while ((await AskAsync(mesh)).Status != HttpStatusCode.OK)
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
        }
    }

    private static async Task<(HttpStatusCode Status, string Sentence)> AskAsync(GovernedMesh mesh)
    {
        using var client = new HttpClient
        {
            BaseAddress = new Uri($"http://{mesh.Host.Services.GetRequiredService<CoordinatorListeners>().Metrics}"),
        };
        using HttpResponseMessage response = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
