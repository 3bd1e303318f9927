using System.Diagnostics;
using System.Threading.Channels;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// The one writer: runs changes one after another, makes the result durable, and only then publishes it and answers.
/// Changes that wait at the same moment are committed as one group.
/// </summary>
internal sealed partial class StateWriter(
    StateRepository repository,
    CurrentState current,
    IHostApplicationLifetime lifetime,
    StateMetrics metrics,
    TimeProvider timeProvider,
    ILogger<StateWriter> logger)
    : IActivationObstacle
{
    private const int MaxGroupSize = 256;

    private readonly Channel<IPendingChange> _changes = Channel.CreateUnbounded<IPendingChange>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly LastingFault _fault = new(timeProvider);

    /// <summary>
    /// While the state cannot be made durable, it is tried with the state as it is; never with one that stands in for a state to be
    /// recovered.
    /// </summary>
    public string? Find() => _fault.Find(() => ChangeAsync(
        state => (state.Phase == CoordinatorPhase.AcceptingMarbles ? state with { } : state, true), CancellationToken.None));

    /// <summary>Runs a change on the newest state and waits until it is durable.</summary>
    /// <param name="change">
    /// From the newest state to the next one and an answer; pure and quick, since all others wait. It may throw to refuse; then nothing
    /// changes. Returning the state that it was given writes nothing.
    /// </param>
    /// <param name="cancellationToken">Ends the wait; the change may be made all the same.</param>
    public Task<T> ChangeAsync<T>(Func<CoordinatorState, (CoordinatorState State, T Result)> change, CancellationToken cancellationToken) =>
        ChangeAsync(new PendingChange<T>(change, isOfCountersAlone: false), cancellationToken);

    /// <summary>The same for counters: the rest of the state is not sealed again.</summary>
    /// <param name="change">From the newest state to its next counters, their record in the audit trail, and an answer.</param>
    /// <param name="cancellationToken">Ends the wait; the change may be made all the same.</param>
    public Task<T> ChangeCountersAsync<T>(
        Func<CoordinatorState, (CounterSet Counters, AuditHead Head, T Result)> change, CancellationToken cancellationToken) =>
        ChangeAsync(new PendingChange<T>(state => Apply(state, change(state)), isOfCountersAlone: true), cancellationToken);

    private static (CoordinatorState State, T Result) Apply<T>(
        CoordinatorState state, (CounterSet Counters, AuditHead Head, T Result) change) =>
        (ReferenceEquals(change.Counters, state.Counters) ? state : state.Recorded(change.Head) with { Counters = change.Counters },
            change.Result);

    private async Task<T> ChangeAsync<T>(PendingChange<T> pending, CancellationToken cancellationToken)
    {
        if (!_changes.Writer.TryWrite(pending))
        {
            throw new StateStoreException("The Coordinator is stopping and takes no more changes.");
        }

        return await pending.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Works until <see cref="Complete"/>; every change that was taken is answered before it returns.</summary>
    public async Task RunAsync()
    {
        bool works = true;
        while (await _changes.Reader.WaitToReadAsync())
        {
            (CoordinatorState candidate, bool isOfCountersAlone, List<IPendingChange> group) = TakeGroup();
            if (works && group.Count > 0)
            {
                works = await CommitAsync(candidate, isOfCountersAlone, group);
            }
            else
            {
                Refuse(group);
            }
        }
    }

    /// <summary>Takes no more changes.</summary>
    public void Complete() => _changes.Writer.TryComplete();

    private (CoordinatorState Candidate, bool IsOfCountersAlone, List<IPendingChange> Group) TakeGroup()
    {
        CoordinatorState candidate = current.Value;

        // Counters that the state on the disk still holds leave it first.
        bool isOfCountersAlone = candidate.Counters.Series is not null;
        var group = new List<IPendingChange>();
        while (group.Count < MaxGroupSize && _changes.Reader.TryRead(out IPendingChange? change))
        {
            try
            {
                CoordinatorState next = change.Apply(candidate);
                isOfCountersAlone &= change.IsOfCountersAlone || ReferenceEquals(next, candidate);
                candidate = next;
                group.Add(change);
            }
#pragma warning disable CA1031 // Whatever a change throws is its caller's answer, not the writer's end.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                change.Fail(exception);
            }
        }

        return (candidate, isOfCountersAlone, group);
    }

    private async Task<bool> CommitAsync(CoordinatorState candidate, bool isOfCountersAlone, List<IPendingChange> group)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            if (!ReferenceEquals(candidate, current.Value))
            {
                current.Publish(isOfCountersAlone
                    ? await repository.SaveCountersAsync(candidate)
                    : await repository.SaveAsync(candidate = Number(candidate)));
                _fault.End();
                metrics.Committed(succeeded: true, start);
            }
        }
#pragma warning disable CA1031 // Every failure to commit is the answer to all who waited for it; the state stays as it was.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // Each waiting caller gets the same failure, whether the store, the sealing key or something unexpected failed.
            StateStoreException answer = exception as StateStoreException
                ?? new StateStoreException("The state could not be made durable.", exception);
            Log.CommitFailed(logger, candidate.Generation, exception);
            metrics.Committed(succeeded: false, start);
            _fault.Begin("the state cannot be made durable, so that activations which are counted, and all changes, are refused");
            bool outcomeUnknown = exception is StateStoreException { IsOutcomeUnknown: true };
            if (outcomeUnknown)
            {
                // Memory and disk may differ from here on; only a restart, which reads the disk, brings them together.
                Log.OutcomeUnknown(logger);
                lifetime.StopApplication();
            }

            // Last, so that a caller that learns of it finds the host already stopping.
            group.ForEach(change => change.Fail(answer));
            return !outcomeUnknown;
        }

        group.ForEach(change => change.Succeed());
        return true;
    }

    /// <summary>A state that was recovered comes with its own number.</summary>
    private CoordinatorState Number(CoordinatorState candidate) =>
        candidate with { Generation = Math.Max(candidate.Generation, current.Value.Generation) + 1 };

    private static void Refuse(List<IPendingChange> group) =>
        group.ForEach(change => change.Fail(
            new StateStoreException("The Coordinator stops because it is not known whether its last change became durable.")));

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StateCommitFailed,
            LogLevel.Error,
            "The state of generation {Generation}, or its counters, could not be made durable; what was before stays in force.",
            EventName = "StateCommitFailed")]
        public static partial void CommitFailed(ILogger logger, ulong generation, Exception exception);

        [LoggerMessage(
            EventIds.StateOutcomeUnknown,
            LogLevel.Critical,
            "It is not known whether the last change became durable. The Coordinator stops; at its next start it reads what the disk "
            + "holds.",
            EventName = "StateOutcomeUnknown")]
        public static partial void OutcomeUnknown(ILogger logger);
    }
}
