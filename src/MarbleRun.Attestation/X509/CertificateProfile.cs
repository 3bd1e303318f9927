using System.Formats.Asn1;

namespace MarbleRun.Attestation.X509;

/// <summary>
/// The common properties of the certificates and revocation lists of one vendor: keys, the signature algorithm, and the vendor's
/// extensions.
/// </summary>
internal abstract class CertificateProfile
{
    /// <summary>Describes keys and algorithm, for messages.</summary>
    public abstract string CertificateForm { get; }

    /// <summary>Describes the signature algorithm, for messages.</summary>
    public abstract string AlgorithmName { get; }

    /// <summary>Reads an AlgorithmIdentifier and returns its bytes.</summary>
    /// <exception cref="AsnContentException">It is another algorithm.</exception>
    public abstract ReadOnlyMemory<byte> ReadAlgorithm(AsnReader reader);

    /// <summary>Reads the content of the BIT STRING that contains a signature into the form that <see cref="Verify"/> takes.</summary>
    /// <exception cref="AsnContentException">It is not a signature of the algorithm.</exception>
    public abstract byte[] ReadSignature(byte[] content);

    /// <summary>Reads the key of a SubjectPublicKeyInfo into the form that <see cref="Verify"/> takes.</summary>
    /// <exception cref="AsnContentException">It is another kind of key.</exception>
    public abstract ReadOnlyMemory<byte> ReadKey(ReadOnlyMemory<byte> subjectPublicKeyInfo);

    /// <summary>Whether the signature is valid. A key that cannot sign has no valid signature.</summary>
    public abstract bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    /// <summary>Whether the profile supports an extension that RFC 5280 does not define, which can then be critical.</summary>
    public abstract bool KnowsExtension(string oid);
}
