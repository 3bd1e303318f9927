using System.Collections.Immutable;
using Grpc.Core;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Counts the activations of Marble types with a limit. Types without a limit cause no write.</summary>
internal static class ActivationBudget
{
    /// <summary>
    /// For how long an activation with the same certificate, request and UUID is the same activation: longer than a Marble tries again.
    /// </summary>
    public static readonly TimeSpan TimeToRepeat = TimeSpan.FromMinutes(10);

    /// <summary>The most activations that are kept for it. They are sealed with the state; beyond it, the oldest are dropped.</summary>
    public const int MaxRepeatable = 4_096;

    /// <exception cref="ActivationRefusedException">The limit is reached.</exception>
    public static void ThrowIfSpent(CoordinatorState state, ActivationRequest request, MarbleDefinition marble, DateTimeOffset now)
    {
        if (marble.MaxActivations > 0
            && state.Activations.GetValueOrDefault(request.MarbleType) >= marble.MaxActivations
            && !IsCounted(state, request, now))
        {
            throw new ActivationRefusedException(
                StatusCode.PermissionDenied,
                $"marble verification failed: reached max activations count ({marble.MaxActivations}) for marble type "
                + $"\"{request.MarbleType}\"")
            {
                Reason = RejectionReason.Budget,
            };
        }
    }

    /// <summary>Counts one activation, unless it is one that was counted already and whose answer was lost.</summary>
    /// <param name="state">The newest state.</param>
    /// <param name="basis">The state that the activation was decided on.</param>
    /// <param name="request">The activation.</param>
    /// <param name="marble">The definition of the type, with a limit.</param>
    /// <param name="now">The time.</param>
    /// <param name="isRepeatable">Whether the same activation is not counted again for <see cref="TimeToRepeat"/>.</param>
    /// <exception cref="ActivationRefusedException">The limit was reached in the meantime, or the manifest was changed.</exception>
    public static CoordinatorState Consume(
        CoordinatorState state,
        CoordinatorState basis,
        ActivationRequest request,
        MarbleDefinition marble,
        DateTimeOffset now,
        bool isRepeatable)
    {
        if (!state.HasSameMesh(basis))
        {
            throw new ActivationRefusedException(StatusCode.Aborted, "the manifest was changed during the activation; activate again")
            {
                Reason = RejectionReason.ManifestChanged,
            };
        }

        if (IsCounted(state, request, now))
        {
            return state;
        }

        ThrowIfSpent(state, request, marble, now);
        state = state with
        {
            Activations = state.Activations.SetItem(
                request.MarbleType, state.Activations.GetValueOrDefault(request.MarbleType) + 1),
        };
        return isRepeatable
            ? state with { RecentActivations = Remember(state.RecentActivations, ActivationKey.Of(request), now) }
            : state;
    }

    private static bool IsCounted(CoordinatorState state, ActivationRequest request, DateTimeOffset now) =>
        !state.RecentActivations.IsEmpty
        && state.RecentActivations.TryGetValue(ActivationKey.Of(request), out DateTimeOffset until)
        && now < until;

    private static ImmutableSortedDictionary<string, DateTimeOffset> Remember(
        ImmutableSortedDictionary<string, DateTimeOffset> recent, string key, DateTimeOffset now)
    {
        recent = recent.RemoveRange(recent.Where(r => r.Value <= now).Select(r => r.Key)).SetItem(key, now + TimeToRepeat);
        return recent.Count <= MaxRepeatable ? recent : recent.Remove(recent.MinBy(r => r.Value).Key);
    }
}
