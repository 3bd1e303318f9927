using System.Diagnostics;
using System.Security.Cryptography;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.State.Changes;

/// <summary>
/// The only writer of the state. It applies changes one after another, makes the result durable, and only then publishes it and answers.
/// Changes that wait at the same time are committed as one group.
/// </summary>
internal sealed partial class StateWriter : IActivationObstacle, IDisposable
{
    private const int MaxGroupSize = 256;

    /// <summary>The longest pause after a conflict, in milliseconds; it is random, so that Coordinators do not meet again.</summary>
    private const int MaxPause = 20;

    /// <summary>How long a change is tried again after conflicts: so long as no caller waits for ever.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly StateRepository _repository;
    private readonly CurrentState _current;
    private readonly GenerationFloor _floor;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly StateMetrics _metrics;
    private readonly ILogger<StateWriter> _logger;
    private readonly LastingFault _fault;
    private readonly GroupCommit<PendingChange> _changes;
    private readonly TimeProvider _timeProvider;

    /// <summary>One at a time commits to the store or reads it again.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile InUse? _inUse;
    private string? _stopReason;

    public StateWriter(
        StateRepository repository,
        CurrentState current,
        GenerationFloor floor,
        IHostApplicationLifetime lifetime,
        StateMetrics metrics,
        TimeProvider timeProvider,
        ILogger<StateWriter> logger)
    {
        (_repository, _current, _lifetime, _metrics, _logger) = (repository, current, lifetime, metrics, logger);
        (_floor, _timeProvider) = (floor, timeProvider);
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

    /// <summary>The same for a change of counters and of the end of the audit trail alone: the rest of the state is not sealed
    /// again.</summary>
    /// <param name="change">From the newest state to the next one and an answer.</param>
    /// <param name="cancellationToken">Ends the wait; the change may still be made.</param>
    public Task<T> ChangeCountersAsync<T>(
        Func<CoordinatorState, (CoordinatorState State, T Result)> change, CancellationToken cancellationToken) =>
        ChangeAsync(new AnsweredChange<T>(change, isOfCountersAlone: true), cancellationToken);

    /// <summary>
    /// Whether the state in use is the one of a version. While a commit is under way, the store may show its version already, and readers
    /// the state before.
    /// </summary>
    public bool IsInUse(StateVersion? version) => _inUse is { } inUse && inUse.Version == version;

    /// <summary>Takes over what other Coordinators changed in a shared store; when this returns, it is in use.</summary>
    /// <param name="newest">The version that the store has.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MarbleRunException">The newest state cannot be read or used; what is known stays in use.</exception>
    public async Task ReloadAsync(StateVersion? newest, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // A commit that was under way may have brought it.
            if (_repository.Version == newest && _repository.Locked is null)
            {
                _inUse = new InUse(newest);
            }
            else
            {
                await ReloadInTurnAsync(cancellationToken);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Runs until <see cref="Complete"/>; every accepted change is answered before it returns.</summary>
    public Task RunAsync() => _changes.RunAsync();

    /// <summary>Takes no more changes.</summary>
    public void Complete() => _changes.Complete();

    public void Dispose() => _turn.Dispose();

    private async Task<T> ChangeAsync<T>(AnsweredChange<T> pending, CancellationToken cancellationToken)
    {
        if (!_changes.TryAdd(pending))
        {
            throw new StateStoreException("The Coordinator is stopping and takes no more changes.");
        }

        return await pending.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Makes the changes of a group durable and publishes the state.</summary>
    /// <exception cref="StateStoreException">It is not in force: the answer to all whose changes it contains.</exception>
    private async Task CommitAsync(ChangeGroup group)
    {
        if (_stopReason is not null)
        {
            throw new StateStoreException($"The Coordinator stops because {_stopReason}.");
        }

        long start = Stopwatch.GetTimestamp();
        await _turn.WaitAsync();
        try
        {
            await RequireAnnouncedAsync();
            while (!await TryCommitAsync(group, start))
            {
                await ReloadInTurnAsync(CancellationToken.None);
            }
        }
        catch (Exception exception)
        {
            // Each waiting caller gets the same failure, whether the store, the sealing key or something unexpected failed.
            Log.CommitFailed(_logger, group.Candidate.Generation, exception);
            _metrics.Committed(succeeded: false, start);
            _fault.Begin("the state cannot be made durable, so that activations which are counted, and all changes, are refused");
            StopIfUncertain(exception as StateStoreException);
            if (exception is StateStoreException && !_repository.IsShared)
            {
                throw;
            }

            throw new StateStoreException($"The state could not be made durable: {exception.Message}", exception)
            {
                IsTemporary = _repository.IsShared,
                IsOutcomeUnknown = exception is StateStoreException { IsOutcomeUnknown: true },
            };
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A change of a state that was rolled back would look like the lost one: nothing is built on it.</summary>
    private async Task RequireAnnouncedAsync()
    {
        if (_floor.Newest is { } announced && !announced.IsReachedBy(_current.Value))
        {
            await ReloadInTurnAsync(CancellationToken.None);
            announced.RequireReachedBy(_current.Value);
        }
    }

    /// <summary>Commits a group on the state in use.</summary>
    /// <returns>False if another Coordinator was faster, so that the group must be applied to a newer state.</returns>
    private async Task<bool> TryCommitAsync(ChangeGroup group, long start)
    {
        group.MoveTo(_current.Value);
        if (group.IsUnchanged)
        {
            return true;
        }

        try
        {
            _current.Publish(group.IsOfCountersAlone
                ? await _repository.SaveCountersAsync(group.Candidate)
                : await _repository.SaveAsync(Number(group.Candidate)));
            _inUse = new InUse(_repository.Version);
        }
        catch (StateStoreException exception)
            when (exception.IsConflict && _repository.IsShared && Stopwatch.GetElapsedTime(start) < s_patience)
        {
            _metrics.Conflicted();
            await Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, MaxPause)), _timeProvider);
            return false;
        }

        _fault.End();
        _metrics.Committed(succeeded: true, start);
        return true;
    }

    private async Task ReloadInTurnAsync(CancellationToken cancellationToken)
    {
        CoordinatorState known = _current.Value;
        CoordinatorState newest = await _repository.ReloadAsync(known, cancellationToken);
        if (!ReferenceEquals(newest, known))
        {
            _current.Publish(newest);
        }

        _inUse = new InUse(_repository.Version);
    }

    /// <summary>
    /// Where one Coordinator has the store for itself, memory and store may differ from here on, and only a restart, which reads the store,
    /// brings them together. This comes before the answers, so that a caller that receives one finds the host already stopping. With a
    /// shared store, the next look at it shows what is in force.
    /// </summary>
    private void StopIfUncertain(StateStoreException? failure)
    {
        if (_repository.IsShared || failure is not { } known || !(known.IsOutcomeUnknown || known.IsConflict))
        {
            return;
        }

        if (known.IsOutcomeUnknown)
        {
            _stopReason = "it is not known whether its last change became durable";
            Log.OutcomeUnknown(_logger);
        }
        else
        {
            _stopReason = "something else changed the state in the store";
            Log.Conflict(_logger);
        }

        _lifetime.StopApplication();
    }

    /// <summary>A recovered state has a generation of its own.</summary>
    private CoordinatorState Number(CoordinatorState candidate) =>
        candidate with { Generation = Math.Max(candidate.Generation, _current.Value.Generation) + 1 };

    /// <summary>Changes that are committed together, applied one after another, and again where another Coordinator was faster.</summary>
    private sealed class ChangeGroup : ICommitGroup<PendingChange>
    {
        private readonly StateWriter _writer;
        private readonly List<PendingChange> _members = [];
        private CoordinatorState _basis;

        public ChangeGroup(StateWriter writer)
        {
            _writer = writer;
            Candidate = _basis = writer._current.Value;
            IsOfCountersAlone = CanHaveCountersApart;
        }

        /// <summary>The state with all changes.</summary>
        public CoordinatorState Candidate { get; private set; }

        public bool IsUnchanged => ReferenceEquals(Candidate, _basis);

        /// <summary>Whether the rest of the state need not be sealed again.</summary>
        public bool IsOfCountersAlone { get; private set; }

        public bool IsFull => false;

        /// <summary>Counters that the state on the disk still holds leave it first.</summary>
        private bool CanHaveCountersApart => _basis.Counters.Series is not null && !_writer._repository.IsShared;

        public void Add(PendingChange change)
        {
            Apply(change);
            _members.Add(change);
        }

        /// <summary>Applies the changes to a newer state. A change that this refuses has its answer, and is in the group no more.</summary>
        public void MoveTo(CoordinatorState newest)
        {
            if (ReferenceEquals(newest, _basis))
            {
                return;
            }

            Candidate = _basis = newest;
            IsOfCountersAlone = CanHaveCountersApart;
            _members.RemoveAll(change =>
            {
                try
                {
                    Apply(change);
                    return false;
                }
#pragma warning disable CA1031 // Every exception is the outcome of this change alone.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    change.Fail(exception);
                    return true;
                }
            });
        }

        public Task CommitAsync() => _writer.CommitAsync(this);

        private void Apply(PendingChange change)
        {
            CoordinatorState next = change.Apply(Candidate);
            if (!ReferenceEquals(next, Candidate))
            {
                IsOfCountersAlone &= change.IsOfCountersAlone;
                Candidate = next.After(Candidate);
            }
        }
    }

    /// <summary>The version of the state that readers see.</summary>
    private sealed record InUse(StateVersion? Version);

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
