using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace MarbleRun.Attestation.Dcap;

/// <summary>An X.509 v3 certificate of a DCAP chain: DER, P-256, ecdsa-with-SHA256 (RFC 5280, 4.1). Reading it checks its form and nothing else.</summary>
internal sealed class Certificate
{
    private const int UtcTimeYearMax = 2049;
    private const int LongestSerialNumber = 20;

    /// <summary>The whole certificate.</summary>
    public required ReadOnlyMemory<byte> Der { get; init; }

    /// <summary>The part that is signed.</summary>
    public required ReadOnlyMemory<byte> Signed { get; init; }

    /// <summary>r then s.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>The content of the INTEGER.</summary>
    public required ReadOnlyMemory<byte> SerialNumber { get; init; }

    public required ReadOnlyMemory<byte> Issuer { get; init; }

    public required ReadOnlyMemory<byte> Subject { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>x then y.</summary>
    public required ReadOnlyMemory<byte> PublicKey { get; init; }

    public required CertificateExtensions Extensions { get; init; }

    public string SubjectText => DerName.CommonName(Subject);

    public string IssuerText => DerName.CommonName(Issuer);

    // AlgorithmIdentifier { ecdsa-with-SHA256 } (RFC 5758, 3.2).
    internal static ReadOnlySpan<byte> EcdsaWithSha256 => [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

    // SubjectPublicKeyInfo { id-ecPublicKey, prime256v1 } up to and with the mark of an uncompressed point (RFC 5480, 2).
    internal static ReadOnlySpan<byte> P256KeyPrefix =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];

    /// <summary>Reads a certificate.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out Certificate? certificate, [NotNullWhen(false)] out string? fault)
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

    /// <summary>Whether the certificate's signature is by this key.</summary>
    public bool IsSignedBy(ReadOnlyMemory<byte> publicKey) => EcdsaP256.Verify(publicKey.Span, Signed.Span, Signature.Span);

    /// <summary>Reads the outer <c>SEQUENCE { signed, algorithm, signature }</c> that certificates and revocation lists have in common.</summary>
    internal static (ReadOnlyMemory<byte> Signed, byte[] Signature) ReadSigned(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> signed = outer.ReadEncodedValue();
        ReadAlgorithm(outer);
        byte[] signature = EcdsaP256.ReadSignature(outer.ReadBitString(out int unusedBits));
        outer.ThrowIfNotEmpty();
        Require(unusedBits == 0, "The signature is not a whole number of bytes.");
        return (signed, signature);
    }

    internal static void ReadAlgorithm(AsnReader reader) =>
        Require(reader.ReadEncodedValue().Span.SequenceEqual(EcdsaWithSha256), "The signature algorithm is not ecdsa-with-SHA256.");

    internal static ReadOnlyMemory<byte> ReadName(AsnReader reader)
    {
        Require(reader.PeekTag() == Asn1Tag.Sequence, "A name is not a SEQUENCE.");
        return reader.ReadEncodedValue();
    }

    internal static ReadOnlyMemory<byte> ReadSerialNumber(AsnReader reader)
    {
        ReadOnlyMemory<byte> number = reader.ReadIntegerBytes();
        int length = number.Span[0] == 0 ? number.Length - 1 : number.Length;
        Require(length <= LongestSerialNumber && number.Span[0] < 0x80, "The serial number is negative or longer than 20 bytes.");
        return number;
    }

    internal static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime)
            ? reader.ReadUtcTime(UtcTimeYearMax)
            : reader.ReadGeneralizedTime();

    internal static void Require([DoesNotReturnIf(false)] bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new AsnContentException(otherwise);
        }
    }

    private static Certificate Parse(ReadOnlyMemory<byte> der)
    {
        (ReadOnlyMemory<byte> signed, byte[] signature) = ReadSigned(der);
        AsnReader body = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
        AsnReader version = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true));
        Require(version.TryReadInt32(out int number) && number == 2 && !version.HasData, "The version is not 3.");
        ReadOnlyMemory<byte> serialNumber = ReadSerialNumber(body);
        ReadAlgorithm(body);
        ReadOnlyMemory<byte> issuer = ReadName(body);
        AsnReader validity = body.ReadSequence();
        DateTimeOffset notBefore = ReadTime(validity);
        DateTimeOffset notAfter = ReadTime(validity);
        validity.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> subject = ReadName(body);
        ReadOnlyMemory<byte> key = body.ReadEncodedValue();
        Require(
            key.Length == P256KeyPrefix.Length + DcapQuote.KeySize && key.Span.StartsWith(P256KeyPrefix),
            "The key is not an uncompressed point of P-256.");
        AsnReader extensions = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true));
        body.ThrowIfNotEmpty();
        return new Certificate
        {
            Der = der,
            Signed = signed,
            Signature = signature,
            SerialNumber = serialNumber,
            Issuer = issuer,
            Subject = subject,
            NotBefore = notBefore,
            NotAfter = notAfter,
            PublicKey = key[P256KeyPrefix.Length..],
            Extensions = CertificateExtensions.Read(extensions),
        };
    }
}
