using System.Security.Cryptography;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.State;

/// <summary>A sealed state whose key this platform cannot open.</summary>
/// <param name="Blob"><c>sealed_data</c>.</param>
/// <param name="Mode">The mode of the platform.</param>
/// <param name="RecoveryData">Who can give the key back; nothing of it is proved before the state opens.</param>
/// <param name="Reason">Why the platform cannot open the key, for the operator.</param>
internal sealed record LockedState(ReadOnlyMemory<byte> Blob, string Mode, ReadOnlyMemory<byte> RecoveryData, string Reason)
{
    /// <summary>The state; it takes the key, which must not be disposed of if this succeeds.</summary>
    /// <exception cref="SealedStateException">The key does not open it.</exception>
    public CoordinatorState Open(SealingKey key) => Open(Blob.Span, Mode, key);

    public static CoordinatorState Open(ReadOnlySpan<byte> blob, string mode, SealingKey key)
    {
        byte[] plaintext = StateSealer.Open(blob, mode, key);
        try
        {
            return StateSerializer.Deserialize(plaintext, new StateProtection(key, StateSealer.ReadRecoveryData(blob.ToArray(), mode)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}
