using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.State.Changes;

/// <summary>
/// Keeps the state in use the newest one of a shared store. A request that must be answered from the newest state waits for one look at the
/// version in the store that begins after the request came; all that wait at the same time share one. Without a shared store there is
/// nothing to wait for.
/// </summary>
internal sealed partial class StateFreshness : IActivationObstacle, IDisposable
{
    /// <summary>The longest look at the version: a store that is slower does not answer.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    /// <summary>The pause between two looks while the store does not answer.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly StateRepository _repository;
    private readonly CurrentState _current;
    private readonly StateWriter _writer;
    private readonly GenerationFloor _floor;
    private readonly StoreOptions _options;
    private readonly StateMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<StateFreshness> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private Task? _next;
    private volatile string? _fault;
    private long _confirmed;

    public StateFreshness(
        StateRepository repository,
        CurrentState current,
        StateWriter writer,
        GenerationFloor floor,
        IOptions<CoordinatorOptions> options,
        StateMetrics metrics,
        TimeProvider timeProvider,
        ILogger<StateFreshness> logger)
    {
        (_repository, _current, _writer, _floor, _options) = (repository, current, writer, floor, options.Value.Store);
        (_metrics, _timeProvider, _logger) = (metrics, timeProvider, logger);
        _confirmed = timeProvider.GetTimestamp();
        if (repository.IsShared)
        {
            metrics.ObserveAge(() => Age);
        }
    }

    /// <summary>For how long it is not known whether the state in use is the newest one.</summary>
    public TimeSpan Age => _repository.IsShared ? _timeProvider.GetElapsedTime(Volatile.Read(ref _confirmed)) : TimeSpan.Zero;

    public string? Find() => _fault;

    /// <summary>Waits until the state in use is one that was the newest at a moment after this call began.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateStoreException">
    /// The store does not answer, or holds a state that cannot be used. While that lasts, calls fail at once.
    /// </exception>
    public ValueTask RequireNewestAsync(CancellationToken cancellationToken)
    {
        // What stands in for a state that waits for its recovery is not in the store.
        if (!_repository.IsShared || _current.Value.InRecovery)
        {
            return ValueTask.CompletedTask;
        }

        return _fault is null ? new ValueTask(LookAsync().WaitAsync(cancellationToken)) : throw Unavailable();
    }

    /// <summary>The same, for what <see cref="StoreOptions.MaxStaleness"/> may be answered from an older state.</summary>
    /// <param name="mayBeOlder">Whether the option applies to the call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateStoreException">As above.</exception>
    public async ValueTask RequireNewestAsync(Func<CoordinatorState, bool> mayBeOlder, CancellationToken cancellationToken)
    {
        try
        {
            await RequireNewestAsync(cancellationToken);
        }
        catch (StateStoreException) when (Age <= _options.MaxStaleness && mayBeOlder(_current.Value))
        {
            _metrics.AnsweredFromOlder();
        }
    }

    /// <summary>Looks at the store, for what no caller waits for: a failure is the fault of <see cref="Find"/>.</summary>
    public async Task RefreshAsync()
    {
        try
        {
            await LookAsync();
        }
        catch (StateStoreException)
        {
            // Reported already.
        }
    }

    /// <summary>Looks at the store once, before requests come, for a generation that another Coordinator proved.</summary>
    /// <exception cref="SealedStateException">The newest state in the store is older.</exception>
    /// <exception cref="StateStoreException">The store cannot be read.</exception>
    public async Task RequireAsync(AnnouncedGeneration announced, CancellationToken cancellationToken)
    {
        await _writer.ReloadAsync(await _repository.ReadVersionAsync(cancellationToken), cancellationToken);
        announced.RequireReachedBy(_current.Value);
    }

    public void Stop() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    /// <summary>A look that begins after this call: a look that is under way may have read the version already.</summary>
    private Task LookAsync()
    {
        lock (_lock)
        {
            return _next ??= LookAfterAsync(_running);
        }
    }

    private async Task LookAfterAsync(Task previous)
    {
        // The caller stores this task before anything of it runs.
        await Task.Yield();
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            (_running, _next) = (_next!, null);
        }

        await CompareAsync();
    }

    private async Task CompareAsync()
    {
        long start = _timeProvider.GetTimestamp();
        AnnouncedGeneration? announced = _floor.Newest;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            limit.CancelAfter(s_limit);
            StateVersion? newest = await _repository.ReadVersionAsync(limit.Token);
            if (!_writer.IsInUse(newest) || _repository.Locked is not null)
            {
                // It may take longer: keys may come from other Coordinators. The store has its own time limits.
                await _writer.ReloadAsync(newest, _stopping.Token);
            }

            announced?.RequireReachedBy(_current.Value);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw new StateStoreException("The Coordinator is stopping.") { IsTemporary = true };
        }
        catch (Exception exception) when (exception is MarbleRunException or OperationCanceledException)
        {
            Begin(exception is OperationCanceledException ? $"the store did not answer in {s_limit.TotalSeconds} s" : exception.Message);
            throw Unavailable();
        }

        Volatile.Write(ref _confirmed, start);
        _metrics.Looked(start, _timeProvider);
        if (Interlocked.Exchange(ref _fault, null) is not null)
        {
            Log.Back(_logger, _current.Value.Generation);
        }
    }

    private void Begin(string reason)
    {
        if (Interlocked.Exchange(ref _fault, $"the newest state cannot be read: {reason}") is null)
        {
            Log.Away(_logger, reason);
            _ = ProbeAsync();
        }
    }

    /// <summary>Looks until the store answers, so that requests need not wait for it.</summary>
    private async Task ProbeAsync()
    {
        while (_fault is not null && !_stopping.IsCancellationRequested)
        {
            await Task.Delay(s_pause, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await RefreshAsync();
        }
    }

    /// <summary>Any caller can cause it: the log and the health of the Coordinator say which server does not answer.</summary>
    private static StateStoreException Unavailable() =>
        new("The newest state cannot be read from the store of the Coordinators at the moment.") { IsTemporary = true };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StoreAway,
            LogLevel.Error,
            "The newest state cannot be read from the shared store: {Reason} Until it can be, this Coordinator answers only what does not "
            + "depend on it.",
            EventName = "StoreAway")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(
            EventIds.StoreBack,
            LogLevel.Information,
            "The shared store answers again; the state in use is the newest, of generation {Generation}.",
            EventName = "StoreBack")]
        public static partial void Back(ILogger logger, ulong generation);
    }
}
