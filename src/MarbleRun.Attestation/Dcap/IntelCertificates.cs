using System.Formats.Asn1;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Certificates and lists of DCAP: P-256 with ecdsa-with-SHA256; keys are x then y, signatures r then s
/// (Intel SGX PCK Certificate and CRL Profile Specification, 1 and 2).
/// </summary>
internal sealed class IntelCertificates : CertificateProfile
{
    private IntelCertificates()
    {
    }

    public static IntelCertificates Profile { get; } = new();

    public override string CertificateForm => "P-256 with ecdsa-with-SHA256";

    public override string AlgorithmName => "ecdsa-with-SHA256";

    // AlgorithmIdentifier { ecdsa-with-SHA256 } (RFC 5758, 3.2).
    internal static ReadOnlySpan<byte> EcdsaWithSha256 => [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

    // SubjectPublicKeyInfo { id-ecPublicKey, prime256v1 } up to and with the mark of an uncompressed point (RFC 5480, 2).
    internal static ReadOnlySpan<byte> P256KeyPrefix =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];

    public override ReadOnlyMemory<byte> ReadAlgorithm(AsnReader reader)
    {
        ReadOnlyMemory<byte> algorithm = reader.ReadEncodedValue();
        DerReader.Require(algorithm.Span.SequenceEqual(EcdsaWithSha256), "The signature algorithm is not ecdsa-with-SHA256.");
        return algorithm;
    }

    public override byte[] ReadSignature(byte[] content) => EcdsaP256.ReadSignature(content);

    public override ReadOnlyMemory<byte> ReadKey(ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        DerReader.Require(
            subjectPublicKeyInfo.Length == P256KeyPrefix.Length + DcapQuote.KeySize && subjectPublicKeyInfo.Span.StartsWith(P256KeyPrefix),
            "The key is not an uncompressed point of P-256.");
        return subjectPublicKeyInfo[P256KeyPrefix.Length..];
    }

    public override bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        EcdsaP256.Verify(publicKey, data, signature);

    public override bool KnowsExtension(string oid) => oid == PckExtension.Oid;
}
