using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.Peers.Watching;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Hosting;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Starts a Coordinator step by step before the host opens the ports, and stops it after the host closed them.</summary>
internal sealed class CoordinatorStart(
    CoordinatorAnnouncer announcer,
    StateService state,
    StateDurability durability,
    AuditLog audit,
    PeerAudit peers,
    PeerGenerations generations,
    RecoveryService recovery,
    QuoteService quotes,
    StartupManifest manifest,
    MonitoringPort monitoring,
    CurrentState current,
    SlotRemoval slot) : IHostedPart
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        announcer.AnnounceMode();
        await state.OpenAsync(cancellationToken);
        await generations.RequireNewestAsync(cancellationToken);

        // After the state, which knows the head of the audit trail, and before any decision.
        await audit.OpenAsync(cancellationToken);
        await peers.BeginAsync();
        recovery.Open();
        await quotes.ProveAsync(cancellationToken);
        await manifest.PutInForceAsync(cancellationToken);

        // Before the ports open, so that the first request is counted.
        monitoring.Open();

        // With the manifest that a file may have brought.
        durability.Announce();
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        announcer.AnnouncePorts();
        return Task.CompletedTask;
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await audit.CloseAsync();
        await state.CloseAsync();

        // The slot of one that waits for a recovery may have what the code of before needs.
        if (current is { IsLoaded: true, Value.InRecovery: false })
        {
            await slot.TryLeaveAsync(cancellationToken);
        }
    }
}
