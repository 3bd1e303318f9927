using Google.Protobuf;
using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Trust;

/// <summary>A host that receives its trust from a Coordinator, over real gRPC.</summary>
public sealed class TrustListenerTests : IAsyncLifetime
{
    private static readonly TimeSpan s_promised = TimeSpan.FromSeconds(5);

    private readonly WaitingClock _clock = new();
    private readonly RecordingLogs _logs = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _updated;
    private readonly string _folder = Directory.CreateTempSubdirectory("marble").FullName;
    private FakeCoordinator _coordinator = null!;

    public TrustListenerTests()
    {
        _authority = new TestAuthority(_clock);
        _updated = _authority.Update();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _coordinator = await FakeCoordinator.StartAsync(_authority);

    public async ValueTask DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _authority.Dispose();
        _updated.Dispose();
        _logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Host_ThatHasStarted_HasTheList()
    {
        Send(TestTrust.Create(_authority, 7, TestTrust.MarbleType("backend")));
        using IHost host = await StartAsync();

        Assert.Equal(7ul, Trust(host).Current!.Number);
        Assert.True(Trust(host).Contact!.IsConnected);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
    }

    [Fact]
    public async Task Revocation_WhileConnected_ArrivesAndEndsTheConnection()
    {
        Send(TestTrust.Create(_authority, 7));
        using IHost host = await StartAsync();
        MarbleIdentity self = Identity(host);
        using var leaf = _authority.IssueMarble("backend");
        Assert.True(self.TryVerifyPeer(leaf, CertificateRole.Server, _clock.GetUtcNow(), out VerifiedPeer? peer, out _));
        var connection = new FakeConnection();
        self.Trust.Connections.Add(connection, peer, _clock);

        Send(TestTrust.Create(_authority, 8, TestTrust.Certificate(leaf)));

        await connection.Aborted.WaitAsync(s_promised, Token);
        Assert.False(self.TryVerifyPeer(leaf, CertificateRole.Server, _clock.GetUtcNow(), out _, out _));
    }

    [Fact]
    public async Task Update_OverTheSameConnection_RequestsARenewal()
    {
        Send(TestTrust.Create(_authority, 7));
        using IHost host = await StartAsync();
        var early = host.Services.GetRequiredService<EarlyRenewal>();
        Task requested = early.WaitAsync(Token);

        Send(TestTrust.Create(_updated, 8).WithOverlap(_authority, _clock.GetUtcNow().AddHours(1)));

        await Eventually(() => Identity(host).IsOutdated);
        await Eventually(() => early.IsRequested(Identity(host)) || requested.IsCompleted);
        Assert.Equal(1, _coordinator.Trust!.Streams);
    }

    [Fact]
    public async Task CertificateIsNotAcceptedAnyMore_RequestsARenewalOnce()
    {
        Send(TestTrust.Create(_authority, 7));
        using IHost host = await StartAsync();
        var early = host.Services.GetRequiredService<EarlyRenewal>();

        _coordinator.Trust!.Break(Grpc.Core.StatusCode.Unauthenticated);

        await Eventually(() => early.IsRequested(Identity(host)));
    }

    [Fact]
    public async Task CoordinatorWithoutLists_IsAskedOnce_AndItsSilenceMeansNothing()
    {
        using IHost host = await StartAsync();

        Assert.Null(Trust(host).Contact);
        Assert.Single(_logs.Entries, e => e.Contains("sends no trust lists", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
    }

    [Fact]
    [Trait("Security", "C11")]
    public async Task AnotherServerThatSaysThatThereAreNoLists_IsNotBelieved()
    {
        using var other = new TestAuthority(_clock);
        Func<FakeActivation, FakeReply> handler = _coordinator.Handler;
        _coordinator.Handler = call =>
        {
            FakeReply reply = handler(call);
            _coordinator.ServerCertificate = other.MarbleRoot;
            return reply;
        };

        using IHost host = await StartAsync();

        Assert.False(Trust(host).Contact!.IsConnected);
        Assert.DoesNotContain(_logs.Entries, e => e.Contains("sends no trust lists", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "C11")]
    public async Task RefusedList_EndsTheConnection_AndTheTrustStays()
    {
        Send(TestTrust.Create(_authority, 7));
        using IHost host = await StartAsync();
        MarbleTrust? before = Trust(host).Current;

        Send(TestTrust.Create(_authority, 6));

        await Eventually(() => Trust(host).Contact is { IsConnected: false });
        Assert.Same(before, Trust(host).Current);
        Assert.Contains(_logs.Entries, e => e.Contains("its number is 6, and the current list's is 7", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BrokenConnection_DegradesHealth_ThenRefusesPeers_AndRecoversByItself()
    {
        Send(TestTrust.Create(_authority, 7));
        using IHost host = await StartAsync();
        using var leaf = _authority.IssueMarble("backend");
        FakeTrust lists = _coordinator.Trust!;
        _coordinator.Trust = null;
        lists.Break();
        await Eventually(() => Trust(host).Contact is { IsConnected: false });
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(host)).Status);
        Assert.True(Accepts());

        for (int minute = 0; minute < 61; minute++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        HealthCheckResult health = await CheckAsync(host);
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.StartsWith("This Marble accepts no peer: revocations are not known since", health.Description, StringComparison.Ordinal);
        Assert.False(Accepts());

        _coordinator.Trust = lists;
        await Eventually(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return Trust(host).Contact is { IsConnected: true };
        });
        Assert.True(Accepts());
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);

        bool Accepts() => Identity(host).TryVerifyPeer(leaf, CertificateRole.Server, _clock.GetUtcNow(), out _, out _);
    }

    [Fact]
    public async Task Configuration_CannotSetThePolicy()
    {
        Microsoft.Extensions.Options.OptionsValidationException refusal =
            await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => StartAsync(builder =>
                builder.Configuration["Marble:RevocationPolicy:ContinueWhenOutdated"] = "true"));

        Assert.Contains("Marble:RevocationPolicy is set in the configuration", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task Eventually(Func<bool> condition)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(10, Token);
        }

        Assert.True(condition());
    }

    private static MarbleIdentity Identity(IHost host) => host.Services.GetRequiredService<MarbleIdentityProvider>().Current;

    private static TrustHolder Trust(IHost host) => Identity(host).Trust;

    private static async Task<HealthCheckResult> CheckAsync(IHost host)
    {
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        HealthReportEntry entry = report.Entries["marble"];
        return new HealthCheckResult(entry.Status, entry.Description);
    }

    private void Send(TrustList list)
    {
        _coordinator.Trust ??= new FakeTrust();
        _coordinator.Trust.Send(list.Sign(_authority).ToByteArray());
    }

    private async Task<IHost> StartAsync(Action<HostApplicationBuilder>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        configure?.Invoke(builder);
        builder.Logging.AddProvider(_logs).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddSingleton<IQuoteIssuer>(new FakeQuoteIssuer());
        builder.Services.AddSingleton<IParameterTarget>(new RefusingTarget());
        builder.Services.AddMarble(o =>
        {
            o.CoordinatorAddress = _coordinator.Address;
            o.CoordinatorTrust = CoordinatorTrust.None;
            o.MarbleType = "frontend";
            o.UuidFile = Path.Combine(_folder, "uuid");
        }).AddHealthCheck();
        IHost host = builder.Build();
        await host.StartAsync(Token);
        return host;
    }

    private sealed class FakeConnection() : PeerConnection(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)
    {
        private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Aborted => _aborted.Task;

        public override bool IsOpen => true;

        protected override void Drain()
        {
        }

        protected override void AbortCore(string reason) => _aborted.SetResult();
    }
}
