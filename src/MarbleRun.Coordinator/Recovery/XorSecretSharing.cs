using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>Shares as long as the secret, whose exclusive or is the secret: all are needed, and one share is the secret itself.</summary>
internal static class XorSecretSharing
{
    public static byte[][] Split(ReadOnlySpan<byte> secret, int shares)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shares, 1);
        var result = new byte[shares][];
        byte[] last = result[^1] = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.CopyTo(last);
        for (int i = 0; i < shares - 1; i++)
        {
            result[i] = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
            RandomNumberGenerator.Fill(result[i]);
            Add(last, result[i]);
        }

        return result;
    }

    /// <summary>The exclusive or of all shares; the caller must clear it.</summary>
    public static byte[] Combine(IReadOnlyList<ReadOnlyMemory<byte>> shares)
    {
        byte[] secret = GC.AllocateArray<byte>(shares[0].Length, pinned: true);
        foreach (ReadOnlyMemory<byte> share in shares)
        {
            Add(secret, share.Span);
        }

        return secret;
    }

    private static void Add(Span<byte> sum, ReadOnlySpan<byte> share)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] ^= share[i];
        }
    }
}
