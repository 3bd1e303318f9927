using System.Security.Cryptography;
using System.Text;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Derives the private symmetric keys of Marbles, so that the same instance gets the same key at every activation.</summary>
internal static class SecretDerivation
{
    /// <summary>HKDF with SHA-256 gives no more (RFC 5869, 2.3).</summary>
    public const int MaxSize = 255 * SHA256.HashSizeInBytes;

    /// <summary>HKDF-SHA-256 (RFC 5869) with the inputs of MarbleRun 1.9.</summary>
    /// <param name="rootSecret">The input keying material.</param>
    /// <param name="uuid">The instance; its text in lower case with hyphens, directly followed by the name, is the salt.</param>
    /// <param name="name">The secret's name in the manifest.</param>
    /// <param name="marbleType">The info; empty for a Marble with <c>DisableSecretBinding</c>.</param>
    /// <param name="size">The length in bytes, at most <see cref="MaxSize"/>.</param>
    public static byte[] Derive(ReadOnlySpan<byte> rootSecret, Guid uuid, string name, string marbleType, int size)
    {
        var key = new byte[size];
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            rootSecret,
            key,
            salt: Encoding.UTF8.GetBytes($"{uuid:D}{name}"),
            info: Encoding.UTF8.GetBytes(marbleType));
        return key;
    }
}
