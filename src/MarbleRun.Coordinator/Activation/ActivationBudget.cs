using Grpc.Core;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Counts the activations of Marble types with a limit. Types without a limit cause no write.</summary>
internal static class ActivationBudget
{
    /// <exception cref="ActivationRefusedException">The limit is reached.</exception>
    public static void ThrowIfSpent(CoordinatorState state, string marbleType, MarbleDefinition marble)
    {
        if (marble.MaxActivations > 0 && state.Activations.GetValueOrDefault(marbleType) >= marble.MaxActivations)
        {
            throw new ActivationRefusedException(
                StatusCode.PermissionDenied,
                $"marble verification failed: reached max activations count ({marble.MaxActivations}) for marble type \"{marbleType}\"")
            {
                Reason = RejectionReason.Budget,
            };
        }
    }

    /// <summary>Counts one activation.</summary>
    /// <param name="state">The newest state.</param>
    /// <param name="basis">The state that the activation was decided on.</param>
    /// <param name="marbleType">The Marble type.</param>
    /// <param name="marble">The definition of the type, with a limit.</param>
    /// <exception cref="ActivationRefusedException">The limit was reached in the meantime, or the manifest was changed.</exception>
    public static CoordinatorState Consume(CoordinatorState state, CoordinatorState basis, string marbleType, MarbleDefinition marble)
    {
        if (!state.HasSameMesh(basis))
        {
            throw new ActivationRefusedException(StatusCode.Aborted, "the manifest was changed during the activation; activate again")
            {
                Reason = RejectionReason.ManifestChanged,
            };
        }

        ThrowIfSpent(state, marbleType, marble);
        return state with { Activations = state.Activations.SetItem(marbleType, state.Activations.GetValueOrDefault(marbleType) + 1) };
    }
}
