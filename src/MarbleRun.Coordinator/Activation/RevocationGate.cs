using Grpc.Core;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Refuses certificates to Marbles that a revocation in force names.</summary>
internal static class RevocationGate
{
    /// <param name="state">The state: the newest one, directly before the Marble gets its certificate.</param>
    /// <param name="uuid">The instance.</param>
    /// <param name="marbleType">The type.</param>
    /// <param name="code">What its evidence proved; null if it was admitted without evidence.</param>
    /// <exception cref="ActivationRefusedException">A revocation names the Marble, or one of a platform may.</exception>
    public static void ThrowIfRevoked(CoordinatorState state, Guid uuid, string marbleType, AttestedCode? code)
    {
        if (state.Revocations.IsEmpty)
        {
            return;
        }

        var marble = new RevocableMarble(uuid, marbleType, code?.MeasurementText, code?.PlatformText);
        if (state.Revocations.Find(marble) is { } revocation)
        {
            throw new ActivationRefusedException(
                StatusCode.PermissionDenied, $"marble verification failed: {revocation.Describe(marble)}")
            {
                Reason = RejectionReason.Revoked,
            };
        }
    }
}
