using System.Formats.Asn1;

namespace MarbleRun.Attestation.X509;

/// <summary>The outer <c>SEQUENCE { signed, algorithm, signature }</c> that certificates and revocation lists have in common.</summary>
/// <param name="Profile">The profile of the vendor.</param>
/// <param name="Signed">The part that is signed.</param>
/// <param name="Algorithm">The encoded AlgorithmIdentifier.</param>
/// <param name="Signature">As the profile reads it.</param>
internal sealed record SignedObject(
    CertificateProfile Profile, ReadOnlyMemory<byte> Signed, ReadOnlyMemory<byte> Algorithm, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Reads the whole of <paramref name="der"/>.</summary>
    /// <exception cref="AsnContentException">It is not well formed, or has another algorithm.</exception>
    public static SignedObject Read(ReadOnlyMemory<byte> der, CertificateProfile profile)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> signed = outer.ReadEncodedValue();
        ReadOnlyMemory<byte> algorithm = profile.ReadAlgorithm(outer);
        byte[] signature = profile.ReadSignature(outer.ReadBitString(out int unusedBits));
        outer.ThrowIfNotEmpty();
        DerReader.Require(unusedBits == 0, "The signature is not a whole number of bytes.");
        return new SignedObject(profile, signed, algorithm, signature);
    }

    /// <summary>Reads the algorithm in the signed part, which must be the outer one.</summary>
    public void ReadSameAlgorithm(AsnReader body) =>
        DerReader.Require(
            Profile.ReadAlgorithm(body).Span.SequenceEqual(Algorithm.Span), "The inner and the outer signature algorithm differ.");

    /// <summary>Whether the signature is by this key.</summary>
    public bool IsSignedBy(ReadOnlyMemory<byte> publicKey) => Profile.Verify(publicKey.Span, Signed.Span, Signature.Span);
}
