using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// An X.509 v3 certificate of AMD: DER, signed with RSASSA-PSS, with a key of RSA 4096 (CAs) or P-384 (VCEK, VLEK).
/// Reading it checks its form and nothing else.
/// </summary>
internal sealed class SnpCertificate
{
    /// <summary>The whole certificate.</summary>
    public required ReadOnlyMemory<byte> Der { get; init; }

    /// <summary>The part that is signed.</summary>
    public required ReadOnlyMemory<byte> Signed { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>The content of the INTEGER.</summary>
    public required ReadOnlyMemory<byte> SerialNumber { get; init; }

    public required ReadOnlyMemory<byte> Issuer { get; init; }

    public required ReadOnlyMemory<byte> Subject { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>x then y for P-384, the modulus for RSA.</summary>
    public required ReadOnlyMemory<byte> PublicKey { get; init; }

    public required CertificateExtensions Extensions { get; init; }

    /// <summary>The encoded <c>Extensions</c>, for those that only AMD knows.</summary>
    public required ReadOnlyMemory<byte> EncodedExtensions { get; init; }

    public bool IsRsa => PublicKey.Length == RsaPss.Size;

    public string SubjectText => DerName.CommonName(Subject);

    public string IssuerText => DerName.CommonName(Issuer);

    // SubjectPublicKeyInfo { id-ecPublicKey, secp384r1 } up to and with the mark of an uncompressed point (RFC 5480, 2).
    internal static ReadOnlySpan<byte> P384KeyPrefix =>
    [
        0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
    ];

    /// <summary>Reads a certificate.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out SnpCertificate? certificate, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            certificate = Parse(der);
            fault = null;
            return true;
        }
        catch (AsnContentException e)
        {
            certificate = null;
            fault = e.Message;
            return false;
        }
    }

    /// <summary>Whether the certificate's signature is by this CA's key.</summary>
    public bool IsSignedBy(SnpCertificate issuer) => issuer.IsRsa && RsaPss.Verify(issuer.PublicKey.Span, Signed.Span, Signature.Span);

    /// <summary>Reads the outer <c>SEQUENCE { signed, algorithm, signature }</c> that certificates and revocation lists have in common.</summary>
    internal static (ReadOnlyMemory<byte> Signed, ReadOnlyMemory<byte> Algorithm, byte[] Signature) ReadSigned(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> signed = outer.ReadEncodedValue();
        ReadOnlyMemory<byte> algorithm = RsaPss.ReadAlgorithm(outer);
        byte[] signature = outer.ReadBitString(out int unusedBits);
        outer.ThrowIfNotEmpty();
        Certificate.Require(unusedBits == 0, "The signature is not a whole number of bytes.");
        return (signed, algorithm, signature);
    }

    /// <summary>Reads the algorithm in the signed part, which must be the outer one.</summary>
    internal static void ReadSameAlgorithm(AsnReader body, ReadOnlyMemory<byte> outer) => Certificate.Require(
        RsaPss.ReadAlgorithm(body).Span.SequenceEqual(outer.Span),
        "The signature algorithm inside is not the one outside.");

    private static SnpCertificate Parse(ReadOnlyMemory<byte> der)
    {
        (ReadOnlyMemory<byte> signed, ReadOnlyMemory<byte> algorithm, byte[] signature) = ReadSigned(der);
        AsnReader body = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
        AsnReader version = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true));
        Certificate.Require(version.TryReadInt32(out int number) && number == 2 && !version.HasData, "The version is not 3.");
        ReadOnlyMemory<byte> serialNumber = Certificate.ReadSerialNumber(body);
        ReadSameAlgorithm(body, algorithm);
        ReadOnlyMemory<byte> issuer = Certificate.ReadName(body);
        AsnReader validity = body.ReadSequence();
        DateTimeOffset notBefore = Certificate.ReadTime(validity);
        DateTimeOffset notAfter = Certificate.ReadTime(validity);
        validity.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> subject = Certificate.ReadName(body);
        ReadOnlyMemory<byte> publicKey = ReadKey(body);
        AsnReader extensions = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true));
        body.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> encodedExtensions = extensions.PeekEncodedValue();
        return new SnpCertificate
        {
            Der = der,
            Signed = signed,
            Signature = signature,
            SerialNumber = serialNumber,
            Issuer = issuer,
            Subject = subject,
            NotBefore = notBefore,
            NotAfter = notAfter,
            PublicKey = publicKey,
            Extensions = CertificateExtensions.Read(extensions),
            EncodedExtensions = encodedExtensions,
        };
    }

    private static ReadOnlyMemory<byte> ReadKey(AsnReader body)
    {
        ReadOnlyMemory<byte> key = body.ReadEncodedValue();
        ReadOnlySpan<byte> span = key.Span;
        if (span.Length == P384KeyPrefix.Length + (2 * SnpReportSignature.FieldSize) && span.StartsWith(P384KeyPrefix))
        {
            return key[P384KeyPrefix.Length..];
        }

        int prefix = RsaPss.KeyPrefix.Length;
        bool isRsa = span.Length == prefix + RsaPss.Size + RsaPss.KeySuffix.Length && span.StartsWith(RsaPss.KeyPrefix) && span.EndsWith(RsaPss.KeySuffix);
        Certificate.Require(isRsa && span[prefix] >= 0x80, "The key is neither an uncompressed point of P-384 nor RSA with 4096 bits and exponent 65537.");
        return key.Slice(prefix, RsaPss.Size);
    }
}
