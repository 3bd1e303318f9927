using System.Security.Cryptography;

namespace MarbleRun.Cli.Users;

/// <summary>The padding of RSAES-OAEP with SHA-256 for hash and mask, and an empty label (RFC 8017, 7.1.2).</summary>
internal static class Oaep
{
    private const int HashSize = SHA256.HashSizeInBytes;

    /// <param name="block">What RSA decrypted: the encoded message, without zeros at its start in some implementations.</param>
    /// <param name="size">The size of the modulus in bytes.</param>
    /// <exception cref="CryptographicException">The padding is wrong: the message was encrypted with another key.</exception>
    public static byte[] Unpad(ReadOnlySpan<byte> block, int size)
    {
        if (size < (2 * HashSize) + 2 || block.Length > size)
        {
            throw Wrong();
        }

        byte[] message = new byte[size];
        block.CopyTo(message.AsSpan(size - block.Length));
        try
        {
            Span<byte> seed = message.AsSpan(1, HashSize);
            Span<byte> data = message.AsSpan(1 + HashSize);
            Mask(data, seed);
            Mask(seed, data);

            // All faults look the same.
            bool isWrong = message[0] != 0;
            isWrong |= !CryptographicOperations.FixedTimeEquals(data[..HashSize], SHA256.HashData([]));
            int separator = data[HashSize..].IndexOfAnyExcept((byte)0);
            isWrong |= separator < 0 || data[HashSize + Math.Max(separator, 0)] != 1;
            return isWrong ? throw Wrong() : data[(HashSize + separator + 1)..].ToArray();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
        }
    }

    /// <summary>MGF1 (RFC 8017, B.2.1), applied in place.</summary>
    private static void Mask(ReadOnlySpan<byte> seed, Span<byte> target)
    {
        Span<byte> input = stackalloc byte[seed.Length + 4];
        Span<byte> hash = stackalloc byte[HashSize];
        seed.CopyTo(input);
        for (int offset = 0, counter = 0; offset < target.Length; offset += HashSize, counter++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(input[seed.Length..], counter);
            SHA256.HashData(input, hash);
            for (int i = 0; i < HashSize && offset + i < target.Length; i++)
            {
                target[offset + i] ^= hash[i];
            }
        }
    }

    private static CryptographicException Wrong() => new("The data were not encrypted with this key.");
}
