using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>A party in the recovery data: its key, and a commitment to its share that reveals nothing about the share.</summary>
/// <param name="Name">The name in the manifest.</param>
/// <param name="Key">The key in the manifest.</param>
/// <param name="Commitment">The result of <see cref="Commit"/> for the party's share, 32 bytes.</param>
internal sealed record RecoveryParty(string Name, RecoveryPublicKey Key, ReadOnlyMemory<byte> Commitment)
{
    /// <summary>
    /// SHA-256 over <c>MarbleRun recovery share v1</c> and the share. A share has 256 random bits, so it cannot be guessed. The label
    /// distinguishes the value from the plain SHA-256 of the share, which the party signs.
    /// </summary>
    public static byte[] Commit(ReadOnlySpan<byte> share)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("MarbleRun recovery share v1"u8);
        hash.AppendData(share);
        return hash.GetHashAndReset();
    }
}
