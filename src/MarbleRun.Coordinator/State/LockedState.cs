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
    public CoordinatorState Open(SealingKey key) => Open(Blob, Mode, key);

    /// <param name="blob">The sealed state.</param>
    /// <param name="mode">The mode of the platform.</param>
    /// <param name="key">The state's key.</param>
    /// <param name="known">A state whose equal parts are used again.</param>
    public static CoordinatorState Open(
        ReadOnlyMemory<byte> blob, string mode, SealingKey key, CoordinatorState? known = null)
    {
        byte[] plaintext = StateSealer.Open(blob.Span, mode, key);
        try
        {
            // The recovery data must outlive the blob.
            byte[] recoveryData = StateSealer.ReadClear(blob, mode).RecoveryData.ToArray();
            return StateSerializer.Deserialize(plaintext, new StateProtection(key, recoveryData), known);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>By the first key that opens it; the other ones are wiped.</summary>
    /// <exception cref="SealedStateException">No key opens it.</exception>
    public static CoordinatorState Open(ReadOnlyMemory<byte> blob, string mode, IReadOnlyList<SealingKey> keys)
    {
        SealedStateException? failure = null;
        foreach (SealingKey key in keys)
        {
            try
            {
                CoordinatorState state = Open(blob, mode, key);
                foreach (SealingKey other in keys.Where(k => !ReferenceEquals(k, key)))
                {
                    other.Dispose();
                }

                return state;
            }
            catch (SealedStateException exception)
            {
                failure = exception;
            }
        }

        throw failure!;
    }
}
