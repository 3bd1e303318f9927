using System.Formats.Asn1;

namespace MarbleRun.Attestation.X509;

/// <summary>
/// What the certificates and revocation lists of one vendor have in common: keys, the one signature algorithm, extensions of its own.
/// </summary>
internal abstract class CertificateProfile
{
    /// <summary>Keys and algorithm in words, for messages.</summary>
    public abstract string CertificateForm { get; }

    /// <summary>The signature algorithm in words, for messages.</summary>
    public abstract string AlgorithmName { get; }

    /// <summary>Reads an AlgorithmIdentifier and returns its bytes.</summary>
    /// <exception cref="AsnContentException">It is another algorithm.</exception>
    public abstract ReadOnlyMemory<byte> ReadAlgorithm(AsnReader reader);

    /// <summary>Reads the content of the BIT STRING that holds a signature into the form that <see cref="Verify"/> takes.</summary>
    /// <exception cref="AsnContentException">It is no signature of the algorithm.</exception>
    public abstract byte[] ReadSignature(byte[] content);

    /// <summary>Takes the key out of a SubjectPublicKeyInfo, in the form that <see cref="Verify"/> takes.</summary>
    /// <exception cref="AsnContentException">It is another kind of key.</exception>
    public abstract ReadOnlyMemory<byte> ReadKey(ReadOnlyMemory<byte> subjectPublicKeyInfo);

    /// <summary>True if the signature is right. A key that can't sign has no right signature.</summary>
    public abstract bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    /// <summary>Whether an extension that RFC 5280 does not know is known here, and may therefore be critical.</summary>
    public abstract bool KnowsExtension(string oid);
}
