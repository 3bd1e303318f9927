using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Peers.Watching;

/// <summary>Asks the peers at intervals who they are: for the metrics, and to find clocks that are wrong and stores that lie.</summary>
internal sealed partial class PeerWatch(
    PeerProbe probe,
    PeerGenerations generations,
    StateRepository repository,
    CurrentState current,
    IMeterFactory meters,
    TimeProvider timeProvider,
    ILogger<PeerWatch> logger) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>In seconds; the documents require clocks within a minute of each other.</summary>
    private const double LargestSkew = 60;

    /// <summary>Below it a skew that was reported has ended, so that a clock at the limit is reported once.</summary>
    private const double EndOfSkew = 50;

    private ImmutableSortedSet<string> _skewed = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private volatile IReadOnlyList<PeerSighting> _verified = [];

    /// <summary>The peers that proved to have the state of this deployment when they were asked last.</summary>
    public IReadOnlyList<PeerSighting> Verified => _verified;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!repository.IsShared || !probe.HasPeers)
        {
            return;
        }

        Observe();
        using var timer = new PeriodicTimer(Interval, timeProvider);
        try
        {
            do
            {
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The Coordinator stops.
        }
    }

    /// <summary>Asks once.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> deployment = current.Value is { InRecovery: false } state ? state.Authority.RootHash
            : repository.Locked is { } locked ? StateSealer.ReadClear(locked.Blob, locked.Mode).Deployment
            : default;
        IReadOnlyList<PeerSighting> sightings = deployment.IsEmpty ? [] : await probe.AskAllAsync(deployment, cancellationToken);
        _verified = [.. sightings.Where(s => s.Verified is not null)];
        ReportClocks();
        await generations.CompareAsync(_verified);
    }

    private void ReportClocks()
    {
        foreach (PeerSighting peer in _verified)
        {
            double skew = Math.Abs(peer.ClockSkew);
            if (skew > LargestSkew && !_skewed.Contains(peer.Address))
            {
                _skewed = _skewed.Add(peer.Address);
                Log.ClockSkewed(logger, peer.Address, Math.Round(peer.ClockSkew, 1));
            }
            else if (skew < EndOfSkew)
            {
                _skewed = _skewed.Remove(peer.Address);
            }
        }
    }

    private void Observe()
    {
        Meter meter = meters.CreateCoordinatorMeter();
        meter.CreateObservableGauge(
            "coordinator_peers",
            () => _verified.Count,
            description: "Number of other Coordinators that proved to have the state of this deployment when they were asked last.");
        meter.CreateObservableGauge(
            "coordinator_peer_clock_skew_seconds",
            () => _verified.Select(p => new Measurement<double>(p.ClockSkew, new KeyValuePair<string, object?>("peer", p.Address))),
            unit: "s",
            description: "How far the clock of another Coordinator is ahead of this one's.");
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PeerClockSkewed,
            LogLevel.Warning,
            "The clock of the Coordinator at {PeerAddress} is {SkewSeconds} s ahead of this one's; behind, if negative. Correct the clock "
            + "that is wrong: times in tokens, certificates and repeated activations are compared with it.",
            EventName = "PeerClockSkewed")]
        public static partial void ClockSkewed(ILogger logger, string peerAddress, double skewSeconds);
    }
}
