using Grpc.Core;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Counts the activations of Marble types with a limit. Types without a limit cause no write.</summary>
internal sealed class ActivationBudget(StateWriter writer)
{
    /// <exception cref="ActivationRefusedException">The limit is reached.</exception>
    public static void Demand(CoordinatorState state, string marbleType, MarbleDefinition marble)
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

    /// <summary>Counts one activation and makes the count durable before it returns.</summary>
    /// <returns>The count; 0 if activations of this type are not counted.</returns>
    /// <exception cref="ActivationRefusedException">The limit was reached in the meantime, or the manifest was changed.</exception>
    public async Task<ulong> ConsumeAsync(CoordinatorState basis, string marbleType, MarbleDefinition marble, AuditHead recorded)
    {
        if (marble.MaxActivations == 0)
        {
            return 0;
        }

        return await writer.ChangeAsync(
            state =>
            {
                if (!ReferenceEquals(state.Manifest, basis.Manifest) || !ReferenceEquals(state.Authority, basis.Authority))
                {
                    throw new ActivationRefusedException(
                        StatusCode.Aborted, "the manifest was changed during the activation; activate again")
                    {
                        Reason = RejectionReason.ManifestChanged,
                    };
                }

                Demand(state, marbleType, marble);
                ulong count = state.Activations.GetValueOrDefault(marbleType) + 1;
                return (state.Recorded(recorded) with { Activations = state.Activations.SetItem(marbleType, count) }, count);
            },
            CancellationToken.None);
    }
}
