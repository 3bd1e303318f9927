using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>Clears the slot of a Coordinator that does not come back, if the option says so.</summary>
internal sealed partial class SlotRemoval(
    IStateStore store, ISealingKeyProvider platform, IOptions<CoordinatorOptions> options, ILogger<SlotRemoval> logger)
{
    /// <summary>After the last commit. A failure is logged, and does not hold up the stop.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task TryLeaveAsync(CancellationToken cancellationToken)
    {
        StoreOptions value = options.Value.Store;
        if (!value.LeaveOnStop || !store.IsShared)
        {
            return;
        }

        try
        {
            await new KeySlots(store, new KeySealer(platform), value.ReplicaOrDefault).ClearAsync(cancellationToken);
            Log.Cleared(logger);
        }
        catch (Exception exception) when (exception is StateStoreException or OperationCanceledException)
        {
            Log.NotCleared(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.KeySlotCleared,
            LogLevel.Information,
            "This Coordinator has removed its keys from the store. Its next start needs another Coordinator that has them.",
            EventName = "KeySlotCleared")]
        public static partial void Cleared(ILogger logger);

        [LoggerMessage(
            EventIds.KeySlotNotCleared,
            LogLevel.Warning,
            "The keys of this Coordinator could not be removed from the store: they stay in its slot, sealed for its platform.",
            EventName = "KeySlotNotCleared")]
        public static partial void NotCleared(ILogger logger, Exception exception);
    }
}
