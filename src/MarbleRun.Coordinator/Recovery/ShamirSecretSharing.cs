using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>
/// Shamir's threshold scheme over GF(256), byte by byte (A. Shamir, How to Share a Secret, 1979). A share is the y value of every byte of
/// the secret, followed by the x value of the share: the format of MarbleRun 1.9 and HashiCorp Vault, 33 bytes for a secret of 32.
/// </summary>
internal static class ShamirSecretSharing
{
    /// <summary>There are 255 values of x other than 0; the value at 0 is the secret.</summary>
    public const int MaxShares = 255;

    /// <summary>Makes shares with x = 1, 2, …; any <paramref name="threshold"/> of them give the secret, fewer reveal nothing.</summary>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int shares, int threshold)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, shares);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shares, MaxShares);

        // One row of coefficients for each power of x, starting at 1; the secret is the constant term.
        byte[] coefficients = GC.AllocateUninitializedArray<byte>((threshold - 1) * secret.Length, pinned: true);
        try
        {
            RandomNumberGenerator.Fill(coefficients);
            var result = new byte[shares][];
            for (int i = 0; i < shares; i++)
            {
                result[i] = Evaluate(secret, coefficients, (byte)(i + 1));
            }

            return result;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(coefficients);
        }
    }

    /// <summary>Interpolates the secret from all given shares; too few or wrong shares give another value, without an error.</summary>
    /// <returns>The secret in pinned memory; the caller must clear it.</returns>
    /// <exception cref="ArgumentException">Fewer than two shares, shares of different lengths, an x of 0, or the same x twice.</exception>
    public static byte[] Combine(IReadOnlyList<ReadOnlyMemory<byte>> shares)
    {
        int size = shares.Count < 2 ? 0 : shares[0].Length - 1;
        if (size < 1 || shares.Any(share => share.Length != size + 1))
        {
            throw new ArgumentException("At least two shares with the same length are needed.", nameof(shares));
        }

        byte[] x = [.. shares.Select(share => share.Span[size])];
        if (x.Contains((byte)0) || x.Distinct().Count() != x.Length)
        {
            throw new ArgumentException("Each share needs a different x value other than 0.", nameof(shares));
        }

        byte[] secret = GC.AllocateArray<byte>(size, pinned: true);
        for (int i = 0; i < x.Length; i++)
        {
            byte weight = WeightAtZero(x, i);
            ReadOnlySpan<byte> y = shares[i].Span;
            for (int k = 0; k < size; k++)
            {
                secret[k] ^= Gf256.Multiply(y[k], weight);
            }
        }

        return secret;
    }

    /// <summary>Horner's rule for every byte of the secret.</summary>
    private static byte[] Evaluate(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> coefficients, byte x)
    {
        byte[] share = GC.AllocateArray<byte>(secret.Length + 1, pinned: true);
        for (int row = coefficients.Length; row > 0; row -= secret.Length)
        {
            ReadOnlySpan<byte> coefficient = coefficients[(row - secret.Length)..row];
            for (int k = 0; k < secret.Length; k++)
            {
                share[k] = Gf256.Multiply((byte)(share[k] ^ coefficient[k]), x);
            }
        }

        for (int k = 0; k < secret.Length; k++)
        {
            share[k] ^= secret[k];
        }

        share[^1] = x;
        return share;
    }

    /// <summary>Lagrange's basis polynomial of one x, at 0. Subtraction is exclusive or.</summary>
    private static byte WeightAtZero(byte[] x, int index)
    {
        byte weight = 1;
        for (int j = 0; j < x.Length; j++)
        {
            if (j != index)
            {
                weight = Gf256.Multiply(weight, Gf256.Multiply(x[j], Gf256.Invert((byte)(x[j] ^ x[index]))));
            }
        }

        return weight;
    }
}
