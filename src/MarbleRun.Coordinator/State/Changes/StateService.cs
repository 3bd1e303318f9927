using System.Security.Cryptography;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.State.Changes;

/// <summary>Loads the state, or makes a first one, before any port opens, and runs the writer until the host stops.</summary>
internal sealed partial class StateService(
    IStateStore store,
    StateRepository repository,
    CurrentState current,
    StateWriter writer,
    StateFreshness freshness,
    IOptions<CoordinatorOptions> options,
    TimeProvider timeProvider,
    ILogger<StateService> logger)
    : IDisposable
{
    /// <summary>How often the store is looked at without a request: a watch can end without a sign.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        (LoadedState loaded, CoordinatorState state) = await LoadOrCreateAsync(cancellationToken);
        if (loaded.Locked is { } locked)
        {
            Log.Locked(logger, locked.Reason, state.Authority.Root.GetCertHashString(HashAlgorithmName.SHA256));
        }
        else if (loaded.Opened is null)
        {
            Log.Created(logger, state.Authority.Root.GetCertHashString(HashAlgorithmName.SHA256));
        }
        else
        {
            Log.Loaded(
                logger,
                state.Generation,
                state.Manifest?.Fingerprint ?? "none",
                state.Authority.Root.GetCertHashString(HashAlgorithmName.SHA256));
        }

        current.Publish(state);
        _running = writer.RunAsync();
        if (repository.IsShared)
        {
            _watching = Task.WhenAll(WatchAsync(), LookRegularlyAsync());
        }
    }

    public async Task CloseAsync()
    {
        await _stopping.CancelAsync();
        freshness.Stop();
        await _watching;
        writer.Complete();
        await _running;
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Where several Coordinators start at the same time on an empty store, one makes the deployment, and the others load
    /// it.</summary>
    private async Task<(LoadedState Loaded, CoordinatorState State)> LoadOrCreateAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                LoadedState loaded = await repository.LoadAsync(cancellationToken);
                CoordinatorState state = loaded.Opened ?? CreateFirst(loaded);
                return loaded is { Opened: null, Locked: null } ? (loaded, await repository.SaveAsync(state)) : (loaded, state);
            }
            catch (StateStoreException exception) when (exception.IsConflict && repository.IsShared)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, 100)), timeProvider, cancellationToken);
            }
        }
    }

    private async Task WatchAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await foreach (StateVersion? version in store.WatchAsync(_stopping.Token))
                {
                    if (!writer.IsInUse(version))
                    {
                        await RefreshAsync();
                    }
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (StateStoreException exception)
            {
                Log.WatchFailed(logger, exception.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), timeProvider, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task LookRegularlyAsync()
    {
        using var timer = new PeriodicTimer(s_interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                await RefreshAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The Coordinator stops.
        }
    }

    /// <summary>Takes over what others changed, the end of a recovery too.</summary>
    private async Task RefreshAsync()
    {
        bool wasLocked = current.Value.InRecovery;
        await freshness.RefreshAsync();
        if (wasLocked && !current.Value.InRecovery)
        {
            Log.TakenOver(logger, current.Value.Generation);
        }
    }

    private CoordinatorState CreateFirst(LoadedState loaded)
    {
        CoordinatorOptions value = options.Value;
        return new CoordinatorState
        {
            Generation = loaded.Newest.State.Number + 1,
            Counters = CounterSet.Empty with { Generation = loaded.Newest.Counters.Number },
            Authority = MeshAuthority.Create(
                value.Authority.KeyAlgorithm, CertificateNames.ForCoordinator(value.DnsNames), timeProvider.GetUtcNow()),
            RootSecret = RandomNumberGenerator.GetBytes(32),
            Protection = StateProtection.Create(),
            InRecovery = loaded.Locked is not null,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StateLocked,
            LogLevel.Warning,
            "RECOVERY MODE: there is sealed state, but its key cannot be unsealed. {Reason} The parties of the recovery keys must upload "
            + "their secrets. Until then a certificate authority that lasts only so long stands in; the SHA-256 of its root certificate is "
            + "{RootFingerprint}.",
            EventName = "StateLocked")]
        public static partial void Locked(ILogger logger, string reason, string rootFingerprint);

        [LoggerMessage(
            EventIds.StateCreated,
            LogLevel.Information,
            "No sealed state found. A new certificate authority was made; the SHA-256 of its root certificate is {RootFingerprint}.",
            EventName = "StateCreated")]
        public static partial void Created(ILogger logger, string rootFingerprint);

        [LoggerMessage(
            EventIds.StateTakenOver,
            LogLevel.Warning,
            "The recovery is not needed any more: the key of the state of generation {Generation} came from another Coordinator.",
            EventName = "StateTakenOver")]
        public static partial void TakenOver(ILogger logger, ulong generation);

        [LoggerMessage(
            EventIds.StoreWatchFailed,
            LogLevel.Information,
            "The watch of the shared store ended and begins again: {Reason}",
            EventName = "StoreWatchFailed")]
        public static partial void WatchFailed(ILogger logger, string reason);

        [LoggerMessage(
            EventIds.StateLoaded,
            LogLevel.Information,
            "Continuing with the sealed state of generation {Generation}: manifest {ManifestFingerprint}, root certificate "
            + "{RootFingerprint}.",
            EventName = "StateLoaded")]
        public static partial void Loaded(ILogger logger, ulong generation, string manifestFingerprint, string rootFingerprint);
    }
}
