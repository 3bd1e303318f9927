using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>
/// The RSA key of this run, with which parties may encrypt their secrets in transit. It is made once, in the background, at the first
/// request.
/// </summary>
internal sealed class EphemeralRecoveryKey : IDisposable
{
    private const int KeySize = 4096;

    private readonly Lazy<Task<(RSA Key, byte[] SubjectPublicKeyInfo)>> _key = new(() => Task.Run(Create));

    /// <summary>The length in bytes of a ciphertext of this key.</summary>
    public static int CiphertextSize => KeySize / 8;

    /// <summary>The public key as SubjectPublicKeyInfo in DER; the same key at every call.</summary>
    public async Task<ReadOnlyMemory<byte>> GetPublicKeyAsync(CancellationToken cancellationToken) =>
        (await _key.Value.WaitAsync(cancellationToken)).SubjectPublicKeyInfo;

    /// <summary>RSAES-OAEP with SHA-256 for hash and mask, and an empty label (RFC 8017, 7.1).</summary>
    /// <returns>The secret in pinned memory; the caller must clear it.</returns>
    /// <exception cref="RecoveryException">It is not encrypted with this key.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> ciphertext)
    {
        // No party has a key that is still being made.
        if (!_key.IsValueCreated || !_key.Value.IsCompletedSuccessfully)
        {
            throw NotDecrypted(
                "ephemeral secret key not set. It changes with each start: get it from /api/v2/recover/public-key and encrypt again");
        }

        byte[] buffer = GC.AllocateUninitializedArray<byte>(CiphertextSize, pinned: true);
        try
        {
            int length = _key.Value.Result.Key.Decrypt(ciphertext, buffer, RSAEncryptionPadding.OaepSHA256);
            byte[] secret = GC.AllocateUninitializedArray<byte>(length, pinned: true);
            buffer.AsSpan(0, length).CopyTo(secret);
            return secret;
        }
        catch (CryptographicException)
        {
            // The cause is not passed on: every failure to decrypt has the same answer.
            throw NotDecrypted(
                "decryption error. Encrypt with the key that /api/v2/recover/public-key gives now, by RSA-OAEP with SHA-256 and an empty "
                + "label");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    public void Dispose()
    {
        if (_key.IsValueCreated && _key.Value.IsCompletedSuccessfully)
        {
            _key.Value.Result.Key.Dispose();
        }
    }

    private static (RSA Key, byte[] SubjectPublicKeyInfo) Create()
    {
        // The key pair is created at its first use, which is the export.
        var key = RSA.Create(KeySize);
        return (key, key.ExportSubjectPublicKeyInfo());
    }

    private static RecoveryException NotDecrypted(string why) =>
        new(RecoveryFailure.NotDecrypted, $"failed to decrypt recovery secret: {why}.");
}
