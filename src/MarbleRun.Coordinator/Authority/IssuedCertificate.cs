using System.Formats.Asn1;
using System.Security.Cryptography;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Authority;

/// <summary>
/// A certificate that was just signed, read again from its bytes (RFC 5280, 4.1): what it says, and not what its draft says, decides
/// whether it is sent. Names and extensions are DER.
/// </summary>
internal sealed class IssuedCertificate
{
    private static readonly Asn1Tag s_version = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag s_extensions = new(TagClass.ContextSpecific, 3);

    private readonly Dictionary<string, (bool IsCritical, ReadOnlyMemory<byte> Value)> _extensions = [];

    private IssuedCertificate(byte[] der)
    {
        Der = der;
        AsnReader certificate = ReadToBeSigned(der);
        certificate.ReadSequence(s_version);
        // A copy: who keeps it must not keep the certificate.
        SerialNumber = certificate.ReadIntegerBytes().ToArray();
        certificate.ReadEncodedValue();
        Issuer = certificate.ReadEncodedValue();
        AsnReader validity = certificate.ReadSequence();
        (NotBefore, NotAfter) = (ReadTime(validity), ReadTime(validity));
        Subject = certificate.ReadEncodedValue();
        PublicKey = certificate.ReadEncodedValue();
        AsnReader list = certificate.ReadSequence(s_extensions).ReadSequence();
        while (list.HasData)
        {
            AsnReader extension = list.ReadSequence();
            string id = extension.ReadObjectIdentifier();
            bool isCritical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            _extensions.Add(id, (isCritical, extension.ReadOctetString()));
        }
    }

    /// <summary>The whole certificate.</summary>
    public byte[] Der { get; }

    /// <summary>Big-endian, with a sign.</summary>
    public ReadOnlyMemory<byte> SerialNumber { get; }

    public ReadOnlyMemory<byte> Issuer { get; }

    public ReadOnlyMemory<byte> Subject { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <exception cref="CryptographicException">It is not a certificate of version 3, or has an extension twice.</exception>
    public static IssuedCertificate Read(byte[] der)
    {
        try
        {
            return new IssuedCertificate(der);
        }
        catch (Exception exception) when (exception is AsnContentException or ArgumentException)
        {
            throw new CryptographicException("The certificate that the Coordinator issued cannot be read and was discarded.", exception);
        }
    }

    /// <summary>The SubjectPublicKeyInfo of any certificate.</summary>
    /// <exception cref="AsnContentException">It is not DER.</exception>
    public static ReadOnlyMemory<byte> ReadPublicKey(ReadOnlyMemory<byte> der)
    {
        AsnReader certificate = ReadToBeSigned(der);
        if (certificate.PeekTag().HasSameClassAndValue(s_version))
        {
            certificate.ReadEncodedValue();
        }

        // Serial number, algorithm, issuer, validity, subject.
        for (int i = 0; i < 5; i++)
        {
            certificate.ReadEncodedValue();
        }

        return certificate.ReadEncodedValue();
    }

    /// <summary>Whether it has an extension.</summary>
    public bool Has(string id) => _extensions.ContainsKey(id);

    /// <summary>Whether it has an extension with exactly this value.</summary>
    public bool Has(string id, bool isCritical, ReadOnlySpan<byte> value) =>
        _extensions.TryGetValue(id, out (bool IsCritical, ReadOnlyMemory<byte> Value) found)
        && found.IsCritical == isCritical
        && found.Value.Span.SequenceEqual(value);

    /// <summary>The URI names (RFC 5280, 4.2.1.6), in their order.</summary>
    /// <exception cref="AsnContentException">The extension is not DER.</exception>
    public IEnumerable<string> ReadUris()
    {
        if (!_extensions.TryGetValue(Oids.AlternativeNames, out (bool IsCritical, ReadOnlyMemory<byte> Value) extension))
        {
            yield break;
        }

        var uri = new Asn1Tag(TagClass.ContextSpecific, 6);
        AsnReader names = new AsnReader(extension.Value, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            if (names.PeekTag().HasSameClassAndValue(uri))
            {
                yield return names.ReadCharacterString(UniversalTagNumber.IA5String, uri);
            }
            else
            {
                names.ReadEncodedValue();
            }
        }
    }

    private static AsnReader ReadToBeSigned(ReadOnlyMemory<byte> der) =>
        new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadSequence();

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
