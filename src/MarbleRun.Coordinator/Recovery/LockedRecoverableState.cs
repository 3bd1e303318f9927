using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Sealing;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>The state that was found sealed at the start. When it is adopted it takes the place of the one that stood in, and is sealed for this machine.</summary>
internal sealed class LockedRecoverableState(LockedState locked, StateRepository repository, StateWriter writer, AuditLog audit) : IRecoverableState
{
    private const string Action = "recovery.complete";

    private CoordinatorState? _opened;

    public async Task<Manifest> OpenAsync(SealingKey key, CancellationToken cancellationToken)
    {
        // The session wipes its key; the state keeps its own.
        var own = new SealingKey(key.Bytes);
        try
        {
            _opened = locked.Open(own);
        }
        catch (SealedStateException)
        {
            own.Dispose();
            throw;
        }

        await repository.DemandNotRolledBackAsync(_opened, cancellationToken);
        return _opened.Manifest?.Manifest ?? throw new SealedStateException("The sealed state has no manifest, and so no recovery keys.");
    }

    public async Task AdoptAsync(SealingKey key)
    {
        CoordinatorState recovered = _opened ?? throw new InvalidOperationException("The state is opened before it is adopted.");
        AuditHead head = await audit.RecordAsync(
            AuditOutcome.Allowed, Action, default, ("manifestFingerprint", recovered.Manifest!.Fingerprint), ("generation", $"{recovered.Generation}"));

        // The trail that the state knows may have stayed on another machine; from here on this one counts.
        await audit.DemandDoneAsync(Action, default, writer.ChangeAsync(
            newest => newest.InRecovery
                ? (recovered with { AuditHead = head }, true)
                : throw new RecoveryException(RecoveryFailure.NotInRecovery, "server is not in expected state"),
            CancellationToken.None));
    }
}
