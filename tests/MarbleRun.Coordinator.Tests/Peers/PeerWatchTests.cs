using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Peers.Watching;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>Coordinators watch each other: clocks, and stores that were rolled back.</summary>
public sealed class PeerWatchTests : PeerTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(0, false)]
    [InlineData(-40, false)]
    [InlineData(90, true)]
    [InlineData(-90, true)]
    public async Task Watch_ClockOfAPeer_IsMeasuredAndReportedOnce(int seconds, bool isReported)
    {
        CoordinatorHost first = await StartAsync("first", clock: new SkewedClock(TimeSpan.FromSeconds(seconds)));
        await SetManifestAsync(first);
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);
        PeerWatch watch = second.Services.GetRequiredService<PeerWatch>();

        await UntilAsync(() => watch.Verified.Count == 1);
        await UntilAsync(() => isReported == second.Logs.Entries.Any(e => e.Contains("PeerClockSkewed", StringComparison.Ordinal)));

        Assert.InRange(watch.Verified[0].ClockSkew, seconds - 2, seconds + 2);
        Assert.Equal(1, Assert.Single(Read(second, "coordinator_peers")));
        Assert.InRange(Assert.Single(Read(second, "coordinator_peer_clock_skew_seconds")), seconds - 2, seconds + 2);
        await watch.LookAsync(Cancellation);
        Assert.Equal(isReported ? 1 : 0, second.Logs.Entries.Count(e => e.Contains("PeerClockSkewed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Watch_PeerThatStops_IsCountedNoMore()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);
        PeerWatch watch = second.Services.GetRequiredService<PeerWatch>();
        await UntilAsync(() => watch.Verified.Count == 1);

        await first.DisposeAsync();
        await watch.LookAsync(Cancellation);

        Assert.Equal(0, Assert.Single(Read(second, "coordinator_peers")));
        Assert.Empty(Read(second, "coordinator_peer_clock_skew_seconds"));
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Watch_StoreOlderThanAPeer_AnswersNothingUntilItIsBack()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        SharedMemoryStore copy = Copy();
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)], store: copy);
        StateFreshness freshness = second.Services.GetRequiredService<StateFreshness>();
        await freshness.RequireNewestAsync(Cancellation);

        await ChangeAsync(first);

        await UntilAsync(() => second.Logs.Entries.Any(e => e.Contains("StoreAway", StringComparison.Ordinal)));
        string away = Assert.Single(second.Logs.Entries, e => e.Contains("StoreAway", StringComparison.Ordinal));
        Assert.Contains($"the Coordinator at {AddressOf(first)} answers from generation", away, StringComparison.Ordinal);
        Assert.Contains("was rolled back", freshness.Find(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<StateStoreException>(async () => await freshness.RequireNewestAsync(Cancellation));

        // Nothing is built on the old state either: it would soon have the number of the lost one.
        StateVersion version = copy.State!.Version;
        StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(() => ChangeAsync(second));
        Assert.Contains("was rolled back", refused.Message, StringComparison.Ordinal);
        Assert.Equal(version, copy.State.Version);

        copy.Put(Store.State!.Blobs);
        await UntilAsync(() => freshness.Find() is null);
        await freshness.RequireNewestAsync(Cancellation);
        await ChangeAsync(second);
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Start_StoreOlderThanAPeer_IsRefused()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        SharedMemoryStore copy = Copy();
        await ChangeAsync(first);

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(
            () => StartAsync("second", peers: [AddressOf(first)], store: copy));

        Assert.Contains($"the Coordinator at {AddressOf(first)} answers from generation", exception.Message, StringComparison.Ordinal);
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);
        Assert.Equal(StateOf(first).Generation, StateOf(second).Generation);
    }

    /// <remarks>A generation is announced only after its commit, so a look that begins then finds it.</remarks>
    [Fact]
    public async Task Compare_WhileAPeerWrites_FindsNoFault()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);
        PeerWatch watch = second.Services.GetRequiredService<PeerWatch>();
        var writes = Task.Run(
            async () =>
            {
                for (int i = 0; i < 300; i++)
                {
                    await ChangeAsync(first);
                }
            },
            Cancellation);

        while (!writes.IsCompleted)
        {
            await watch.LookAsync(Cancellation);
        }

        await writes;
        await watch.LookAsync(Cancellation);
        Assert.Equal(StateOf(first).Generation, StateOf(second).Generation);
        Assert.DoesNotContain(second.Logs.Entries, e => e.Contains("StoreAway", StringComparison.Ordinal));
    }

    private static Task<bool> ChangeAsync(CoordinatorHost host) =>
        host.Services.GetRequiredService<StateWriter>().ChangeAsync(state => (state with { }, true), Cancellation);

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(s_patience);
        while (!holds())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static List<double> Read(CoordinatorHost host, string name)
    {
        var values = new List<double>();
        object scope = host.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, scope))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => values.Add(value));
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => values.Add(value));
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }

    /// <summary>The store as it is now, cut off from what comes later.</summary>
    private SharedMemoryStore Copy()
    {
        var copy = new SharedMemoryStore();
        copy.Put(Store.State!.Blobs);
        return copy;
    }

    private sealed class SkewedClock(TimeSpan skew) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + skew;
    }
}
