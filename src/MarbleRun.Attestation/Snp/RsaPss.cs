using System.Formats.Asn1;
using System.Security.Cryptography;
using MarbleRun.Attestation.X509;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes, keys of 4096 bits with exponent 65537: the algorithm of AMD's CAs
/// (RFC 4055, 3.1).
/// </summary>
internal static class RsaPss
{
    public const int Size = 512;

    private const string MaskOid = "1.2.840.113549.1.1.8";
    private const string Sha384Oid = "2.16.840.1.101.3.4.2.2";

    private static readonly Asn1Tag s_hash = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag s_mask = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag s_salt = new(TagClass.ContextSpecific, 2, isConstructed: true);
    private static readonly Asn1Tag s_trailer = new(TagClass.ContextSpecific, 3, isConstructed: true);

    // SubjectPublicKeyInfo { rsaEncryption, RSAPublicKey } up to and with the zero before the first byte of a modulus of 4096 bits (RFC
    // 3279, 2.3.1).
    internal static ReadOnlySpan<byte> KeyPrefix =>
    [
        0x30, 0x82, 0x02, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
        0x03, 0x82, 0x02, 0x0f, 0x00, 0x30, 0x82, 0x02, 0x0a, 0x02, 0x82, 0x02, 0x01, 0x00,
    ];

    // The exponent 65537 at the end.
    internal static ReadOnlySpan<byte> KeySuffix => [0x02, 0x03, 0x01, 0x00, 0x01];

    /// <summary>Whether the signature is valid.</summary>
    /// <param name="modulus">The public key.</param>
    /// <param name="data">What is signed.</param>
    /// <param name="signature">The signature in the certificate, unchanged.</param>
    public static bool Verify(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = RSA.Create();
        try
        {
            key.ImportParameters(new RSAParameters { Modulus = modulus.ToArray(), Exponent = [1, 0, 1] });
        }
        catch (CryptographicException)
        {
            return false;
        }

        return key.VerifyData(data, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pss);
    }

    /// <summary>
    /// Reads an AlgorithmIdentifier and returns its bytes. It may state the default trailer or not: AMD's certificates do either.
    /// </summary>
    /// <exception cref="AsnContentException">It is another algorithm.</exception>
    public static ReadOnlyMemory<byte> ReadAlgorithm(AsnReader reader)
    {
        ReadOnlyMemory<byte> encoded = reader.PeekEncodedValue();
        AsnReader algorithm = reader.ReadSequence();
        RequireAlgorithm(DerReader.ReadObjectIdentifier(algorithm) == Oids.RsaPss);
        AsnReader parameters = algorithm.ReadSequence();
        algorithm.ThrowIfNotEmpty();
        AsnReader hash = parameters.ReadSequence(s_hash);
        ReadSha384(hash);
        AsnReader mask = parameters.ReadSequence(s_mask);
        AsnReader maskAlgorithm = mask.ReadSequence();
        mask.ThrowIfNotEmpty();
        RequireAlgorithm(DerReader.ReadObjectIdentifier(maskAlgorithm) == MaskOid);
        ReadSha384(maskAlgorithm);
        RequireAlgorithm(ReadNumber(parameters.ReadSequence(s_salt)) == SHA384.HashSizeInBytes);
        RequireAlgorithm(!parameters.HasData || ReadNumber(parameters.ReadSequence(s_trailer)) == 1);
        parameters.ThrowIfNotEmpty();
        return encoded;
    }

    private static void ReadSha384(AsnReader reader)
    {
        AsnReader algorithm = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        RequireAlgorithm(DerReader.ReadObjectIdentifier(algorithm) == Sha384Oid);
        if (algorithm.HasData)
        {
            algorithm.ReadNull();
        }

        algorithm.ThrowIfNotEmpty();
    }

    private static int ReadNumber(AsnReader reader)
    {
        RequireAlgorithm(reader.TryReadInt32(out int value));
        reader.ThrowIfNotEmpty();
        return value;
    }

    private static void RequireAlgorithm(bool condition) =>
        DerReader.Require(condition, "The signature algorithm is not RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes.");
}
