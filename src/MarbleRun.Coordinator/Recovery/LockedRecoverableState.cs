using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>The state that was locked at the start. When it is adopted, it replaces the temporary state and is sealed for this
/// machine.</summary>
internal sealed class LockedRecoverableState(
    LockedState locked, StateRepository repository, RecoveryNeed need, Decisions decisions, AuditLog audit)
    : IRecoverableState
{
    private const string Action = "recovery.complete";

    private CoordinatorState? _opened;

    public ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken) => need.FindObstacleAsync(cancellationToken);

    public async Task<RecoveryKeySet> OpenAsync(SealingKey key, CancellationToken cancellationToken)
    {
        // The session clears its key; the state keeps a copy.
        var own = new SealingKey(key.Bytes);
        try
        {
            _opened = await repository.OpenAsync(locked, own, cancellationToken);
        }
        catch
        {
            own.Dispose();
            throw;
        }

        return _opened.Manifest is { } manifest
            ? RecoveryKeySet.From(manifest.Report)
            : throw new SealedStateException("The sealed state has no manifest, and so no recovery keys.");
    }

    public async Task AdoptAsync(SealingKey key)
    {
        CoordinatorState recovered = _opened ?? throw new InvalidOperationException("The state is opened before it is adopted.");

        // From here on the audit trail of this machine applies; the record contains the end of the state's previous trail.
        AuditHead? previous = audit.FindKnownHead(recovered);
        var decision = Decision.Of(
            Action,
            default,
            ("manifestFingerprint", recovered.Manifest!.Fingerprint),
            ("generation", $"{recovered.Generation}"),
            ("auditSequence", $"{previous?.Sequence ?? 0}"),
            ("auditHead", previous?.Hash ?? "none"));
        await decisions.MakeAsync(
            decision,
            newest => newest.InRecovery
                ? recovered
                : throw new RecoveryException(RecoveryFailure.NotInRecovery, "server is not in expected state"));
    }
}
