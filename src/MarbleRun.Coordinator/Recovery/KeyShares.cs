using System.Security.Cryptography;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>A key of the state, split into one share for each party. If all are needed, the key is the exclusive or of the shares;
/// otherwise shares are points of polynomials.</summary>
internal static class KeyShares
{
    /// <summary>The length of each share in bytes.</summary>
    public static int SizeOf(int parties, int threshold) => threshold == parties ? SealingKey.Size : SealingKey.Size + 1;

    /// <summary>One share for each party; the caller must clear them.</summary>
    public static byte[][] Split(SealingKey key, int parties, int threshold) =>
        threshold == parties ? XorSecretSharing.Split(key.Bytes, parties) : ShamirSecretSharing.Split(key.Bytes, parties, threshold);

    /// <summary>The key from exactly <paramref name="threshold"/> shares.</summary>
    public static SealingKey Combine(IReadOnlyList<ReadOnlyMemory<byte>> shares, int parties, int threshold)
    {
        byte[] key = threshold == parties ? XorSecretSharing.Combine(shares) : ShamirSecretSharing.Combine(shares);
        try
        {
            return new SealingKey(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
