using System.Formats.Asn1;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// Certificates and lists of AMD: signed with RSASSA-PSS and SHA-384, with keys of RSA 4096 (CAs; the modulus) or P-384 (VCEK, VLEK; x then
/// y) (AMD #57230, 2 to 4).
/// </summary>
internal sealed class AmdCertificates : CertificateProfile
{
    private AmdCertificates()
    {
    }

    public static AmdCertificates Profile { get; } = new();

    public override string CertificateForm => "P-384 or RSA 4096, with RSASSA-PSS and SHA-384";

    public override string AlgorithmName => "RSASSA-PSS and SHA-384";

    // SubjectPublicKeyInfo { id-ecPublicKey, secp384r1 } up to and with the mark of an uncompressed point (RFC 5480, 2).
    internal static ReadOnlySpan<byte> P384KeyPrefix =>
    [
        0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03,
        0x62, 0x00, 0x04,
    ];

    /// <summary>Whether a certificate's key is RSA, so that it can sign certificates and lists.</summary>
    public static bool HasRsaKey(Certificate certificate) => IsRsa(certificate.PublicKey.Span);

    public override ReadOnlyMemory<byte> ReadAlgorithm(AsnReader reader) => RsaPss.ReadAlgorithm(reader);

    public override byte[] ReadSignature(byte[] content) => content;

    public override ReadOnlyMemory<byte> ReadKey(ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        ReadOnlySpan<byte> span = subjectPublicKeyInfo.Span;
        if (span.Length == P384KeyPrefix.Length + (2 * SnpReportSignature.FieldSize) && span.StartsWith(P384KeyPrefix))
        {
            return subjectPublicKeyInfo[P384KeyPrefix.Length..];
        }

        int prefix = RsaPss.KeyPrefix.Length;
        bool isRsa = span.Length == prefix + RsaPss.Size + RsaPss.KeySuffix.Length
            && span.StartsWith(RsaPss.KeyPrefix)
            && span.EndsWith(RsaPss.KeySuffix);
        DerReader.Require(
            isRsa && span[prefix] >= 0x80, "The key is neither an uncompressed point of P-384 nor RSA with 4096 bits and exponent 65537.");
        return subjectPublicKeyInfo.Slice(prefix, RsaPss.Size);
    }

    public override bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        IsRsa(publicKey) && RsaPss.Verify(publicKey, data, signature);

    // AMD marks none of its own as critical.
    public override bool KnowsExtension(string oid) => false;

    private static bool IsRsa(ReadOnlySpan<byte> publicKey) => publicKey.Length == RsaPss.Size;
}
