namespace MarbleRun.Management;

/// <summary>The value that a user sets for a secret of the manifest: a key, or a certificate with its private key.</summary>
public sealed class NewSecret
{
    private NewSecret(ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? certificate, ReadOnlyMemory<byte>? privateKey)
    {
        Key = key;
        Certificate = certificate;
        PrivateKey = privateKey;
    }

    /// <summary>The symmetric key or the plain data; null for a certificate.</summary>
    public ReadOnlyMemory<byte>? Key { get; }

    /// <summary>The certificate, DER.</summary>
    public ReadOnlyMemory<byte>? Certificate { get; }

    /// <summary>The private key of the certificate, PKCS#8 DER.</summary>
    public ReadOnlyMemory<byte>? PrivateKey { get; }

    /// <summary>The value of a secret of the type <c>symmetric-key</c> or <c>plain</c>.</summary>
    /// <param name="key">The key or data. It is not copied; the caller clears it after use.</param>
    public static NewSecret OfKey(ReadOnlyMemory<byte> key) => new(key, null, null);

    /// <summary>The value of a secret of one of the types <c>cert-*</c>. The Coordinator refuses an incomplete one, and says why.</summary>
    /// <param name="certificate">The certificate, DER, or null.</param>
    /// <param name="privateKey">Its private key, PKCS#8 DER, or null. It is not copied; the caller clears it after use.</param>
    public static NewSecret OfCertificate(ReadOnlyMemory<byte>? certificate, ReadOnlyMemory<byte>? privateKey) =>
        new(null, certificate, privateKey);

    /// <summary>The kind alone: the value must not get into logs.</summary>
    public override string ToString() => Key is null ? "certificate and private key" : "key";
}
