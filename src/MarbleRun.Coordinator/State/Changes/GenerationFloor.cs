using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.State.Changes;

/// <summary>The newest generation that another Coordinator has proved to answer from: the store has it, or was rolled back.</summary>
internal sealed class GenerationFloor
{
    private volatile AnnouncedGeneration? _newest;

    /// <summary>
    /// Take it before a look at the store: one that is announced during the look may be newer than what the look finds.
    /// </summary>
    public AnnouncedGeneration? Newest => _newest;

    /// <summary>Remembers a generation. It is announced after its commit, so a look that begins now finds it.</summary>
    public void Raise(AnnouncedGeneration announced)
    {
        AnnouncedGeneration? known = _newest;
        while (known is null || known.Generation < announced.Generation)
        {
            AnnouncedGeneration? seen = Interlocked.CompareExchange(ref _newest, announced, known);
            if (ReferenceEquals(seen, known))
            {
                return;
            }

            known = seen;
        }
    }
}

/// <summary>A generation that another Coordinator answers from.</summary>
/// <param name="Generation">The generation.</param>
/// <param name="Address">The Coordinator.</param>
internal sealed record AnnouncedGeneration(ulong Generation, string Address)
{
    /// <summary>Whether a state is not older.</summary>
    public bool IsReachedBy(CoordinatorState state) => state.InRecovery || state.Generation >= Generation;

    /// <exception cref="SealedStateException">The state is older.</exception>
    public void RequireReachedBy(CoordinatorState state)
    {
        if (!IsReachedBy(state))
        {
            throw new SealedStateException(
                $"The state in the store was rolled back, or this Coordinator reads an old copy: the Coordinator at {Address} answers from "
                + $"generation {Generation}, and the store holds generation {state.Generation}. Put the newer state back. To accept the "
                + "loss of what changed since, restart all Coordinators.");
        }
    }
}
