using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Management;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>Accepts recovery secrets while a sealed state waits for its key.</summary>
internal sealed partial class RecoveryService(
    CurrentState current,
    StateRepository repository,
    RecoveryNeed need,
    Decisions decisions,
    AuditLog audit,
    RecoveryMetrics metrics,
    IOptions<CoordinatorOptions> options,
    ILogger<RecoveryService> logger)
    : IDisposable
{
    private const string Action = "recovery.secret";

    private RecoverySession? _session;
    private string _unavailable = "server is not in expected state";

    private bool IsInRecovery => current.Value.Phase == CoordinatorPhase.Recovery;

    /// <summary>Starts the recovery if the state is locked.</summary>
    public void Open()
    {
        if (repository.Locked is { } locked)
        {
            Open(locked);
        }
    }

    /// <exception cref="RecoveryException">There is nothing to recover.</exception>
    public Task<ReadOnlyMemory<byte>> GetPublicKeyAsync(CancellationToken cancellationToken) =>
        RequireSession().GetPublicKeyAsync(cancellationToken);

    /// <exception cref="RecoveryException">The secret was refused; the others are kept.</exception>
    /// <exception cref="SealedStateException">The key is complete, but the state does not open with it.</exception>
    public async Task<RecoveryProgress> SubmitAsync(
        ReadOnlyMemory<byte> secret,
        ReadOnlyMemory<byte> signature,
        AuditActor actor,
        CallerAddress address,
        CancellationToken cancellationToken)
    {
        RecoveryProgress progress;
        try
        {
            progress = await RequireSession().SubmitAsync(secret, signature, address, cancellationToken);
        }
        catch (Exception exception) when (exception is RecoveryException or SealedStateException)
        {
            metrics.Rejected();
            Log.Refused(logger, exception.Message);
            await audit.RecordUnknownCallerAsync(Action, actor, exception.Message);
            throw;
        }

        if (progress.Remaining == 0)
        {
            metrics.Recovered();
        }
        else
        {
            metrics.Accepted();
        }

        await audit.RecordAsync(
            AuditOutcome.Allowed, Action, actor, ("recoveryKey", progress.Party), ("remaining", $"{progress.Remaining}"));
        Log.Taken(logger, LogText.Clean(progress.Party), progress.Remaining);
        return progress;
    }

    /// <summary>Clears the secrets that were sent before a new mesh was started: they have no use any more.</summary>
    public Task EndAsync() => _session?.EndAsync() ?? Task.CompletedTask;

    public void Dispose() => _session?.Dispose();

    private void Open(LockedState locked)
    {
        try
        {
            _session = new RecoverySession(
                RecoveryData.Read(locked.RecoveryData.Span),
                new LockedRecoverableState(locked, repository, need, decisions, audit),
                options.Value.AllowUnsignedRecovery);
        }
        catch (RecoveryException exception)
        {
            _unavailable = exception.Message;
            Log.Unavailable(logger, exception.Message);
        }
    }

    private RecoverySession RequireSession() =>
        !IsInRecovery ? throw NotInRecovery("server is not in expected state") : _session ?? throw NotInRecovery(_unavailable);

    private static RecoveryException NotInRecovery(string message) => new(RecoveryFailure.NotInRecovery, message);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.RecoverySecretTaken,
            LogLevel.Information,
            "The recovery secret of '{RecoveryKey}' was accepted; {Remaining} more are needed.",
            EventName = "RecoverySecretTaken")]
        public static partial void Taken(ILogger logger, string recoveryKey, int remaining);

        [LoggerMessage(
            EventIds.RecoverySecretRefused,
            LogLevel.Warning,
            "A recovery secret was refused: {Reason}",
            EventName = "RecoverySecretRefused")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(
            EventIds.RecoveryUnavailable,
            LogLevel.Error,
            "Recovery is unavailable: {Reason}",
            EventName = "RecoveryUnavailable")]
        public static partial void Unavailable(ILogger logger, string reason);
    }
}
