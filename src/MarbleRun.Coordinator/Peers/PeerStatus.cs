using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.Peers;

/// <summary>What a Coordinator says of itself, and signs with the root key of its deployment.</summary>
/// <param name="Phase">Its phase; a Coordinator in recovery has no key to sign with.</param>
/// <param name="Generation">The number of the state that it answers from.</param>
/// <param name="Time">Its clock, milliseconds since 1970-01-01 UTC.</param>
internal sealed record PeerStatus(CoordinatorPhase Phase, ulong Generation, long Time)
{
    public const int NonceSize = 32;

    private const string Protocol = "MarbleRun peer status v1";

    /// <param name="authority">The authority of the deployment.</param>
    /// <param name="nonce">What the caller chose.</param>
    /// <param name="keyHash">SHA-256 of the SubjectPublicKeyInfo of the signer's own TLS key.</param>
    public byte[] Sign(MeshAuthority authority, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> keyHash) =>
        authority.SignWithRoot(Encode(nonce, keyHash, authority.RootHash.Span));

    /// <summary>Whether a Coordinator of the deployment signed it for this nonce, and has the key of this connection.</summary>
    /// <param name="rootHash">SHA-256 of the root certificate of the deployment that the caller knows.</param>
    /// <param name="rootCertificate">The certificate in the answer, DER.</param>
    /// <param name="signature">The signature in the answer.</param>
    /// <param name="nonce">The caller's own nonce.</param>
    /// <param name="keyHash">SHA-256 of the SubjectPublicKeyInfo of the key that the server of the connection proved.</param>
    public bool IsSignedBy(
        ReadOnlySpan<byte> rootHash,
        ReadOnlySpan<byte> rootCertificate,
        ReadOnlySpan<byte> signature,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> keyHash)
    {
        // The certificate is not read before it is known to be the deployment's.
        if (!SHA256.HashData(rootCertificate).AsSpan().SequenceEqual(rootHash))
        {
            return false;
        }

        using X509Certificate2 root = X509CertificateLoader.LoadCertificate(rootCertificate);
        using ECDsa? key = root.GetECDsaPublicKey();
        return key?.VerifyData(
            Encode(nonce, keyHash, rootHash), signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) == true;
    }

    /// <summary>
    /// The fields with their labels and lengths, as in the binding of evidence: nothing else that the root signs begins like this.
    /// </summary>
    internal byte[] Encode(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> keyHash, ReadOnlySpan<byte> rootHash)
    {
        using var encoding = new MemoryStream();
        Write(encoding, "protocol", Encoding.ASCII.GetBytes(Protocol));
        Write(encoding, "nonce", nonce);
        Write(encoding, "key", keyHash);
        Write(encoding, "root", rootHash);
        Write(encoding, "phase", Number((ulong)Phase));
        Write(encoding, "generation", Number(Generation));
        Write(encoding, "time", Number((ulong)Time));
        return encoding.ToArray();
    }

    private static byte[] Number(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    private static void Write(MemoryStream encoding, string label, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)label.Length);
        encoding.Write(length[..sizeof(ushort)]);
        encoding.Write(Encoding.ASCII.GetBytes(label));
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)value.Length);
        encoding.Write(length);
        encoding.Write(value);
    }
}
