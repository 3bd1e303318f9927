using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using MarbleRun.Activation.Renewal;
using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Tests.Hosting;

/// <summary>Hosts that call AddMarble() renew their identity, and say so when they are activated.</summary>
public sealed class HostRenewalTests : IAsyncLifetime
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly string _folder = Directory.CreateTempSubdirectory("marble").FullName;
    private FakeCoordinator _coordinator = null!;

    public HostRenewalTests()
    {
        _authority = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _coordinator = await FakeCoordinator.StartAsync(_authority);
        _coordinator.Renewals = new FakeRenewals(_authority);
        _coordinator.Handler = call => FakeCoordinator.Reply(
            _authority, _authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid), t => t.NotAfter = s_lifetime));
    }

    public async ValueTask DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AddMarble_EitherWay_RenewsTheIdentityThatItGot(bool early)
    {
        using IHost host = await StartAsync(early);
        MarbleIdentity first = host.Services.GetRequiredService<IMarbleIdentityProvider>().Current;

        await RenewAsync(first);

        MarbleIdentity second = host.Services.GetRequiredService<IMarbleIdentityProvider>().Current;
        Assert.NotEqual(first.Fingerprint, second.Fingerprint);
        Assert.Equal(first.Id, second.Id);
        Assert.True(Assert.Single(_coordinator.Calls).Renews);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task AddMarble_IdentityIsExported_AsksForACertificateThatLasts()
    {
        using IHost host = await StartAsync(early: false, o => o.ExportIdentity = true);

        Assert.False(Assert.Single(_coordinator.Calls).Renews);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Stop_WhileARenewalRuns_EndsItAtOnce()
    {
        var never = new TaskCompletionSource<FakeRenewalReply>();
        _coordinator.Renewals!.Handler = _ => never.Task;
        using IHost host = await StartAsync(early: false);
        MarbleIdentity first = host.Services.GetRequiredService<IMarbleIdentityProvider>().Current;
        _clock.Advance(s_lifetime * 0.6);
        FakeRenewal call = await _coordinator.Renewals.Calls.Reader.ReadAsync(Token);
        var abandoned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = call.Abandoned.Register(abandoned.SetResult);
        Assert.False(abandoned.Task.IsCompleted);

        // The clock stands still, and the Coordinator never answers.
        await host.StopAsync(Token).WaitAsync(s_patience, Token);

        await abandoned.Task.WaitAsync(s_patience, Token);
        Assert.Same(first, host.Services.GetRequiredService<IMarbleIdentityProvider>().Current);
        Assert.Null(host.Services.GetRequiredService<RenewalStatus>().Fault);
        _clock.Advance(s_lifetime);
        Assert.False(_coordinator.Renewals.Calls.Reader.TryRead(out _));
        never.SetCanceled(Token);
    }

    [Fact]
    public async Task Renewal_Metrics_CountOutcomesAndShowTheTimeLeft()
    {
        var counts = new ConcurrentQueue<string>();
        var expiries = new ConcurrentQueue<double>();
        using IHost host = await StartAsync(early: false);
        using var listener = new MeterListener();
        IMeterFactory meters = host.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == MarbleTelemetry.MeterName && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => counts.Enqueue(
            $"{instrument.Name} {value} {string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))}"));
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => expiries.Enqueue(value));
        listener.Start();

        listener.RecordObservableInstruments();
        await RenewAsync(host.Services.GetRequiredService<IMarbleIdentityProvider>().Current);

        Assert.Equal(s_lifetime.TotalSeconds, Assert.Single(expiries));
        Assert.Equal(
            "marblerun.identity.renewals 1 marblerun.marble.type=frontend marblerun.outcome=renewed", Assert.Single(counts));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Renewal_Traces_ContainTheWayFromQuoteToIdentity()
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MarbleTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using IHost host = await StartAsync(early: false);
        MarbleIdentity first = host.Services.GetRequiredService<IMarbleIdentityProvider>().Current;
        await RenewAsync(first);
        MarbleIdentity second = host.Services.GetRequiredService<IMarbleIdentityProvider>().Current;
        await host.StopAsync(Token);

        // Other tests run at the same time: those of this one name its certificates.
        foreach ((string name, MarbleIdentity identity) in new[] { ("marble.activate", first), ("marble.renew", second) })
        {
            Activity whole = Assert.Single(
                activities,
                a => a.OperationName == name && Equals(a.GetTagItem("marblerun.certificate.sha256"), identity.Fingerprint));
            Assert.Equal("frontend", whole.GetTagItem("marblerun.marble.type"));
            Assert.Contains(activities, a => a.OperationName == "marble.quote" && a.ParentSpanId == whole.SpanId);
        }
    }

    private async Task<IHost> StartAsync(bool early, Action<MarbleOptions>? change = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddSingleton<IQuoteIssuer>(new FakeQuoteIssuer());
        builder.Services.AddSingleton<IParameterTarget>(new RefusingTarget());
        if (early)
        {
            await builder.AddMarbleAsync(Set, Token);
        }
        else
        {
            builder.Services.AddMarble(Set);
        }

        IHost host = builder.Build();
        await host.StartAsync(Token);
        return host;

        void Set(MarbleOptions options)
        {
            options.CoordinatorAddress = _coordinator.Address;
            options.MarbleType = "frontend";
            options.UuidFile = Path.Combine(_folder, "uuid");
            options.CoordinatorTrust = CoordinatorTrust.None;
            change?.Invoke(options);
        }
    }

    /// <summary>Advances the clock to the renewal, and waits until the identity is replaced.</summary>
    private async Task RenewAsync(MarbleIdentity identity)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable registration = identity.ChangeToken.RegisterChangeCallback(_ => changed.SetResult(), state: null);
        _clock.Advance(s_lifetime * 0.6);
        await changed.Task.WaitAsync(Token);
    }
}
