using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>A party as the recovery data know it: by its key, and by a commitment to its share that tells nothing about the share.</summary>
/// <param name="Name">The name in the manifest.</param>
/// <param name="Key">The key in the manifest.</param>
/// <param name="Commitment">What <see cref="Commit"/> gives for the party's share, 32 bytes.</param>
internal sealed record RecoveryParty(string Name, RecoveryPublicKey Key, ReadOnlyMemory<byte> Commitment)
{
    /// <summary>
    /// SHA-256 over <c>MarbleRun recovery share v1</c> and the share. A share has 256 random bits, so nobody finds it by trying. The label keeps
    /// the value apart from the plain SHA-256 of the share, which the party signs.
    /// </summary>
    public static byte[] Commit(ReadOnlySpan<byte> share)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("MarbleRun recovery share v1"u8);
        hash.AppendData(share);
        return hash.GetHashAndReset();
    }
}
