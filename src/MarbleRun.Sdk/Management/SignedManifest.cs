using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Management;

/// <summary>A manifest as the Coordinator stores it.</summary>
public sealed class SignedManifest
{
    /// <summary>Initializes a new instance of the <see cref="SignedManifest"/> class.</summary>
    /// <param name="content">The exact bytes of the manifest.</param>
    /// <param name="signature">The signature of the root over <paramref name="content"/>; it is not checked here.</param>
    public SignedManifest(ReadOnlyMemory<byte> content, ReadOnlyMemory<byte> signature)
    {
        Content = content;
        Signature = signature;
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(content.Span));
    }

    /// <summary>The exact bytes that were set.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>SHA-256 of <see cref="Content"/>, lower-case hex, computed locally.</summary>
    public string Fingerprint { get; }

    /// <summary>
    /// ECDSA over SHA-256 of <see cref="Content"/> by the Coordinator's root key, a DER sequence (RFC 3279, section 2.2.3).
    /// </summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Whether the root signed this manifest.</summary>
    /// <param name="root">The Coordinator's root certificate.</param>
    public bool IsSignedBy(X509Certificate2 root)
    {
        ArgumentNullException.ThrowIfNull(root);
        using ECDsa? key = root.GetECDsaPublicKey();
        try
        {
            return key is not null
                && key.VerifyData(Content.Span, Signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            // The bytes are not a DER sequence.
            return false;
        }
    }
}
