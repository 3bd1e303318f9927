using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>The RSA key of a party: the party's share is encrypted with it, and its signature proves that the party sends the
/// share.</summary>
internal sealed class RecoveryPublicKey
{
    public const int MinKeySize = 2048;
    public const int MaxKeySize = 16384;

    private RecoveryPublicKey(ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        SubjectPublicKeyInfo = subjectPublicKeyInfo;
    }

    /// <summary>The key in DER (RFC 5280, 4.1).</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; }

    /// <param name="subjectPublicKeyInfo">The key in DER, from the report of a manifest's check: type and size are known to be
    /// right.</param>
    public static RecoveryPublicKey Checked(ReadOnlyMemory<byte> subjectPublicKeyInfo) => new(subjectPublicKeyInfo);

    /// <param name="subjectPublicKeyInfo">The key in DER, from any source.</param>
    /// <exception cref="RecoveryException">It is not an RSA key, or its size is not allowed.</exception>
    public static RecoveryPublicKey FromDer(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        }
        catch (CryptographicException exception)
        {
            throw new RecoveryException(RecoveryFailure.UnusableKey, "unsupported type of public key: it is not an RSA key", exception);
        }

        return rsa.KeySize is >= MinKeySize and <= MaxKeySize
            ? new RecoveryPublicKey(rsa.ExportSubjectPublicKeyInfo())
            : throw new RecoveryException(
                RecoveryFailure.UnusableKey, $"the RSA key has {rsa.KeySize} bits; a recovery key has {MinKeySize} to {MaxKeySize}");
    }

    /// <summary>RSAES-OAEP with SHA-256 for hash and mask, and an empty label (RFC 8017, 7.1).</summary>
    public byte[] Encrypt(ReadOnlySpan<byte> share)
    {
        using RSA rsa = Open();
        return rsa.Encrypt(share, RSAEncryptionPadding.OaepSHA256);
    }

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256 over the bytes of the share (RFC 8017, 8.2).</summary>
    public bool Verify(ReadOnlySpan<byte> share, ReadOnlySpan<byte> signature)
    {
        using RSA rsa = Open();
        return rsa.VerifyData(share, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    public bool IsSameAs(RecoveryPublicKey other) => SubjectPublicKeyInfo.Span.SequenceEqual(other.SubjectPublicKeyInfo.Span);

    private RSA Open()
    {
        var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(SubjectPublicKeyInfo.Span, out _);
        return rsa;
    }
}
