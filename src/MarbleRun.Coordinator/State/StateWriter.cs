using System.Diagnostics;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// The only writer of the state. It applies changes one after another, makes the result durable, and only then publishes it and answers.
/// Changes that wait at the same time are committed as one group.
/// </summary>
internal sealed partial class StateWriter : IActivationObstacle
{
    private const int MaxGroupSize = 256;

    private readonly StateRepository _repository;
    private readonly CurrentState _current;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly StateMetrics _metrics;
    private readonly ILogger<StateWriter> _logger;
    private readonly LastingFault _fault;
    private readonly GroupCommit<PendingChange> _changes;
    private string? _stopReason;

    public StateWriter(
        StateRepository repository,
        CurrentState current,
        IHostApplicationLifetime lifetime,
        StateMetrics metrics,
        TimeProvider timeProvider,
        ILogger<StateWriter> logger)
    {
        (_repository, _current, _lifetime, _metrics, _logger) = (repository, current, lifetime, metrics, logger);
        _fault = new LastingFault(timeProvider);
        _changes = new GroupCommit<PendingChange>(() => new ChangeGroup(this), MaxGroupSize);
    }

    /// <summary>
    /// While the state cannot be made durable, attempts to commit the state as it is; never the temporary state that is in use during a
    /// recovery.
    /// </summary>
    public string? Find() => _fault.Find(() => ChangeAsync(
        state => (state.Phase == CoordinatorPhase.AcceptingMarbles ? state with { } : state, true), CancellationToken.None));

    /// <summary>Applies a change to the newest state and waits until it is durable.</summary>
    /// <param name="change">
    /// From the newest state to the next one and an answer; pure and quick, because all others wait. It may throw to refuse; then nothing
    /// changes. If it returns the state that it received, nothing is written.
    /// </param>
    /// <param name="cancellationToken">Ends the wait; the change may still be made.</param>
    public Task<T> ChangeAsync<T>(Func<CoordinatorState, (CoordinatorState State, T Result)> change, CancellationToken cancellationToken) =>
        ChangeAsync(new AnsweredChange<T>(change, isOfCountersAlone: false), cancellationToken);

    /// <summary>The same for counters: the rest of the state is not sealed again.</summary>
    /// <param name="change">From the newest state to its next counters, their record in the audit trail, and an answer.</param>
    /// <param name="cancellationToken">Ends the wait; the change may still be made.</param>
    public Task<T> ChangeCountersAsync<T>(
        Func<CoordinatorState, (CounterSet Counters, AuditHead Head, T Result)> change, CancellationToken cancellationToken) =>
        ChangeAsync(new AnsweredChange<T>(state => Apply(state, change(state)), isOfCountersAlone: true), cancellationToken);

    /// <summary>Runs until <see cref="Complete"/>; every accepted change is answered before it returns.</summary>
    public Task RunAsync() => _changes.RunAsync();

    /// <summary>Takes no more changes.</summary>
    public void Complete() => _changes.Complete();

    private static (CoordinatorState State, T Result) Apply<T>(
        CoordinatorState state, (CounterSet Counters, AuditHead Head, T Result) change) =>
        (ReferenceEquals(change.Counters, state.Counters) ? state : state.Recorded(change.Head) with { Counters = change.Counters },
            change.Result);

    private async Task<T> ChangeAsync<T>(AnsweredChange<T> pending, CancellationToken cancellationToken)
    {
        if (!_changes.TryAdd(pending))
        {
            throw new StateStoreException("The Coordinator is stopping and takes no more changes.");
        }

        return await pending.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Makes a state durable and publishes it.</summary>
    /// <exception cref="StateStoreException">It is not in force: the answer to all whose changes it contains.</exception>
    private async Task CommitAsync(CoordinatorState candidate, bool isOfCountersAlone)
    {
        if (_stopReason is not null)
        {
            throw new StateStoreException($"The Coordinator stops because {_stopReason}.");
        }

        if (ReferenceEquals(candidate, _current.Value))
        {
            return;
        }

        long start = Stopwatch.GetTimestamp();
        try
        {
            _current.Publish(isOfCountersAlone
                ? await _repository.SaveCountersAsync(candidate)
                : await _repository.SaveAsync(candidate = Number(candidate)));
            _fault.End();
            _metrics.Committed(succeeded: true, start);
        }
        catch (Exception exception)
        {
            // Each waiting caller gets the same failure, whether the store, the sealing key or something unexpected failed.
            Log.CommitFailed(_logger, candidate.Generation, exception);
            _metrics.Committed(succeeded: false, start);
            _fault.Begin("the state cannot be made durable, so that activations which are counted, and all changes, are refused");
            // Memory and store may differ from here on; only a restart, which reads the store, brings them together. This comes before
            // the answers, so that a caller that receives one finds the host already stopping.
            if (exception is StateStoreException { IsOutcomeUnknown: true })
            {
                _stopReason = "it is not known whether its last change became durable";
                Log.OutcomeUnknown(_logger);
                _lifetime.StopApplication();
            }
            else if (exception is StateStoreException { IsConflict: true })
            {
                _stopReason = "something else changed the state in the store";
                Log.Conflict(_logger);
                _lifetime.StopApplication();
            }

            if (exception is StateStoreException)
            {
                throw;
            }

            throw new StateStoreException("The state could not be made durable.", exception);
        }
    }

    /// <summary>A recovered state has a generation of its own.</summary>
    private CoordinatorState Number(CoordinatorState candidate) =>
        candidate with { Generation = Math.Max(candidate.Generation, _current.Value.Generation) + 1 };

    /// <summary>Changes that are committed together, applied one after another.</summary>
    private sealed class ChangeGroup : ICommitGroup<PendingChange>
    {
        private readonly StateWriter _writer;
        private CoordinatorState _candidate;
        private bool _isOfCountersAlone;

        public ChangeGroup(StateWriter writer)
        {
            _writer = writer;
            _candidate = writer._current.Value;

            // Counters that the state on the disk still holds leave it first.
            _isOfCountersAlone = _candidate.Counters.Series is not null;
        }

        public bool IsFull => false;

        public void Add(PendingChange change)
        {
            CoordinatorState next = change.Apply(_candidate);
            if (ReferenceEquals(next, _candidate))
            {
                return;
            }

            _isOfCountersAlone &= change.IsOfCountersAlone;
            _candidate = next.After(_candidate);
        }

        public Task CommitAsync() => _writer.CommitAsync(_candidate, _isOfCountersAlone);
    }

    /// <summary>A change that waits for the writer.</summary>
    private abstract class PendingChange(bool isOfCountersAlone) : IWaiting
    {
        /// <summary>Whether it changes only counters and the end of the audit trail, which are sealed without the rest.</summary>
        public bool IsOfCountersAlone => isOfCountersAlone;

        /// <summary>The state after the change; an exception is the answer to the caller.</summary>
        public abstract CoordinatorState Apply(CoordinatorState state);

        public abstract void Succeed();

        public abstract void Fail(Exception exception);
    }

    /// <summary>A change with an answer.</summary>
    private sealed class AnsweredChange<T>(Func<CoordinatorState, (CoordinatorState State, T Result)> change, bool isOfCountersAlone)
        : PendingChange(isOfCountersAlone)
    {
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Task => _completion.Task;

        public override CoordinatorState Apply(CoordinatorState state)
        {
            (CoordinatorState next, _result) = change(state);
            return next;
        }

        public override void Succeed() => _completion.TrySetResult(_result);

        public override void Fail(Exception exception) => _completion.TrySetException(exception);
    }

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

        [LoggerMessage(
            EventIds.StateConflict,
            LogLevel.Critical,
            "The state in the store is not the one that this Coordinator wrote or read last: another Coordinator writes to the same store, "
            + "or another state was put there. The Coordinator stops, since what it knows is old. Run one Coordinator for a deployment.",
            EventName = "StateConflict")]
        public static partial void Conflict(ILogger logger);
    }
}
