using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// Finds states that are older than one that was seen before: by the generation guard at a start, and by the state in use.
/// </summary>
internal sealed partial class RollbackCheck(IGenerationGuard? guard, ILogger logger)
{
    /// <summary>The generations that the guard knows; 0 without a guard.</summary>
    public ValueTask<GuardedGenerations> ReadGuardAsync(CancellationToken cancellationToken) =>
        guard is null ? ValueTask.FromResult(default(GuardedGenerations)) : guard.ReadAsync(cancellationToken);

    /// <summary>Lets the guard remember a durable state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="seal">The seal of its blob.</param>
    /// <exception cref="StateStoreException">The guard failed: only a restart shows what is in force.</exception>
    public async Task AdvanceGuardAsync(CoordinatorState state, string? seal)
    {
        if (guard is null)
        {
            return;
        }

        try
        {
            await guard.AdvanceAsync(
                new GuardedGenerations(
                    new GuardedGeneration(state.Generation, seal), new GuardedGeneration(state.Counters.Generation, state.Counters.Seal)),
                CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Whatever a guard throws: the state is there already, so that only a restart shows what is in force.
            throw new StateStoreException(
                $"The new state is durable, but the generation guard could not be advanced: {exception.Message}", exception)
            {
                IsOutcomeUnknown = true,
            };
        }
    }

    /// <summary>Whether a state that was read may be used.</summary>
    /// <exception cref="SealedStateException">The guard knows a newer one, or should know one.</exception>
    public void RequireNotRolledBack(CoordinatorState state, ReadOnlyMemory<byte> data, GuardedGenerations newest)
    {
        if (state.IsGuarded && guard is not null && newest == default)
        {
            throw new SealedStateException(
                "The sealed state was made with a generation guard, but the guard knows no generation. Mount the volume that it lies on, "
                + "or put it back; to go on without what it knew, start once without Coordinator:GenerationGuardPath.");
        }

        if (state.IsGuarded && guard is null)
        {
            Log.Unguarded(logger);
        }

        RequireNotRolledBack("state", new GuardedGeneration(state.Generation, StateSealer.SealOf(data.Span)), newest.State);
        RequireNotRolledBack("counters", new GuardedGeneration(state.Counters.Generation, state.Counters.Seal), newest.Counters);
    }

    private static void RequireNotRolledBack(string what, GuardedGeneration found, GuardedGeneration newest)
    {
        if (found.Number < newest.Number)
        {
            throw RolledBack(what, newest.Number, $"that of generation {found.Number} was found");
        }

        // A change that was durable but not answered may come back beside one of the same number that was.
        if (found.Number == newest.Number && found.Seal is not null && newest.Seal is not null && found.Seal != newest.Seal)
        {
            throw RolledBack(what, newest.Number, "another one of this number was found, of a change that was never answered");
        }
    }

    public static SealedStateException RolledBack(string what, ulong newest, string found) => new(
        $"The sealed {what} {(what == "state" ? "was" : "were")} rolled back: the generation guard knows generation {newest}, but {found}. "
        + $"Put the newer files back. To accept the loss of what changed since, reset the guard.");

    /// <summary>Whether a sealed state can follow a known one: it has the same deployment, and is not older.</summary>
    /// <exception cref="SealedStateException">It cannot.</exception>
    public static void RequireSuccessor(SealedHeader found, CoordinatorState known)
    {
        if (!found.Deployment.IsEmpty && !found.Deployment.Span.SequenceEqual(known.Authority.RootHash.Span))
        {
            throw new SealedStateException(
                "The store holds the state of another deployment: the SHA-256 of its root certificate is "
                + $"{Convert.ToHexString(found.Deployment.Span)}, and this Coordinator's is "
                + $"{Convert.ToHexString(known.Authority.RootHash.Span)}. Give each deployment its own place in the store; or, if the "
                + "deployment was replaced on purpose, restart this Coordinator.");
        }

        if (!found.Deployment.IsEmpty && found.Generation < known.Generation)
        {
            throw Older(known, found.Generation);
        }
    }

    public static SealedStateException Older(CoordinatorState known, ulong found) => new(
        $"The state in the store was rolled back: this Coordinator has seen generation {known.Generation}, and the store holds another "
        + $"state, of generation {found}. Put the newer state back. To accept the loss of what changed since, restart all Coordinators.");

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.GuardMissing,
            LogLevel.Warning,
            "The sealed state was made with a generation guard, and this start has none: whether it was rolled back is not checked.",
            EventName = "GuardMissing")]
        public static partial void Unguarded(ILogger logger);
    }
}
