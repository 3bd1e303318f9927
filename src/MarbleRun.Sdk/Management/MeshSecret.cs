using System.Security.Cryptography;

namespace MarbleRun.Management;

/// <summary>
/// A secret of the manifest with its value, as the Coordinator keeps it. <see cref="Dispose"/> clears the private part from memory.
/// </summary>
public sealed class MeshSecret : IDisposable
{
    private readonly byte[] _private;
    private readonly byte[] _public;

    /// <summary>Initializes a new instance of the <see cref="MeshSecret"/> class.</summary>
    /// <param name="type">The type in the manifest, for instance <c>symmetric-key</c>.</param>
    /// <param name="privateBytes">The private key, PKCS#8 DER, or the key or data itself; cleared at the end.</param>
    /// <param name="publicBytes">
    /// The public key, SPKI DER. A symmetric key and plain data have their value here, too; cleared at the end.
    /// </param>
    public MeshSecret(string type, byte[] privateBytes, byte[] publicBytes)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(privateBytes);
        ArgumentNullException.ThrowIfNull(publicBytes);
        Type = type;
        _private = privateBytes;
        _public = publicBytes;
    }

    /// <summary>
    /// The type in the manifest: <c>symmetric-key</c>, <c>plain</c>, <c>cert-rsa</c>, <c>cert-ecdsa</c> or <c>cert-ed25519</c>.
    /// </summary>
    public string Type { get; }

    /// <summary>The size in bits; 0 if the type has none.</summary>
    public int Size { get; init; }

    /// <summary>Whether all Marbles have the same value.</summary>
    public bool IsShared { get; init; }

    /// <summary>Whether users set the value.</summary>
    public bool IsUserDefined { get; init; }

    /// <summary>The certificate, DER; empty for a secret of another type.</summary>
    public ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>The validity of generated certificates in days; 0 for the default.</summary>
    public int ValidFor { get; init; }

    /// <summary>The private key, PKCS#8 DER; of a symmetric key or plain data the value itself.</summary>
    public ReadOnlyMemory<byte> Private => _private;

    /// <summary>The public key, SPKI DER; of a symmetric key or plain data the value itself.</summary>
    public ReadOnlyMemory<byte> Public => _public;

    /// <summary>The type alone: the value must not get into logs.</summary>
    public override string ToString() => $"secret of type {Type}";

    /// <summary>Clears the value.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_private);
        CryptographicOperations.ZeroMemory(_public);
    }
}
