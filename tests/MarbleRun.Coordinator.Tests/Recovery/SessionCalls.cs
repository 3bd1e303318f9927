using MarbleRun.Coordinator.Recovery;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>Calls whose address does not matter.</summary>
internal static class SessionCalls
{
    public static Task<RecoveryProgress> SubmitAsync(
        this RecoverySession session, ReadOnlyMemory<byte> secret, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken) =>
        session.SubmitAsync(secret, signature, address: default, cancellationToken);
}
