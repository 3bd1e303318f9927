using System.Security.Cryptography;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>Binds bytes that stand in the clear beside the sealed state to the state's key: HMAC-SHA-256, appended to them.</summary>
internal static class KeyTag
{
    public const int Size = HMACSHA256.HashSizeInBytes;

    /// <summary>Its key is HKDF-Expand-SHA-256 of the state's key, with <c>MarbleRun recovery data v1</c>.</summary>
    public static byte[] Compute(ReadOnlySpan<byte> content, SealingKey key)
    {
        Span<byte> tagKey = stackalloc byte[Size];
        HKDF.Expand(HashAlgorithmName.SHA256, key.Bytes, tagKey, "MarbleRun recovery data v1"u8);
        byte[] tag = HMACSHA256.HashData(tagKey, content);
        CryptographicOperations.ZeroMemory(tagKey);
        return tag;
    }

    /// <summary>Whether bytes end in the tag of the rest under this key; false also for a wrong key.</summary>
    public static bool Fits(ReadOnlySpan<byte> tagged, SealingKey key) =>
        tagged.Length >= Size && CryptographicOperations.FixedTimeEquals(Compute(tagged[..^Size], key), tagged[^Size..]);
}
