using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace MarbleRun.Attestation.Dcap;

/// <summary>A list of revoked certificates (RFC 5280, 5; Intel SGX PCK Certificate and CRL Profile Specification, 2).</summary>
internal sealed class RevocationList
{
    private const string AuthorityKeyIdentifierOid = "2.5.29.35";
    private const string NumberOid = "2.5.29.20";

    private readonly ReadOnlyMemory<byte> _signed;
    private readonly byte[] _signature;
    private readonly List<ReadOnlyMemory<byte>> _serialNumbers = [];

    private RevocationList(ReadOnlyMemory<byte> der)
    {
        (_signed, _signature) = Certificate.ReadSigned(der);
        AsnReader body = new AsnReader(_signed, AsnEncodingRules.DER).ReadSequence();
        Certificate.Require(body.TryReadInt32(out int version) && version == 1, "The version is not 2.");
        Certificate.ReadAlgorithm(body);
        Issuer = Certificate.ReadName(body);
        ThisUpdate = Certificate.ReadTime(body);
        NextUpdate = Certificate.ReadTime(body);
        if (body.HasData && body.PeekTag() == Asn1Tag.Sequence)
        {
            ReadEntries(body.ReadSequence());
        }

        if (body.HasData)
        {
            ReadExtensions(body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)));
        }

        body.ThrowIfNotEmpty();
    }

    public ReadOnlyMemory<byte> Issuer { get; }

    public DateTimeOffset ThisUpdate { get; }

    /// <summary>Not optional here: a list without an end can't be told from an old one.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>Reads a list, DER.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out RevocationList? list, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            list = new RevocationList(der);
            fault = null;
            return true;
        }
        catch (AsnContentException e)
        {
            list = null;
            fault = e.Message;
            return false;
        }
    }

    /// <summary>Whether the list's signature is by this key.</summary>
    public bool IsSignedBy(ReadOnlyMemory<byte> publicKey) => EcdsaP256.Verify(publicKey.Span, _signed.Span, _signature);

    /// <summary>Whether the certificate with this serial number is on the list.</summary>
    public bool Contains(ReadOnlyMemory<byte> serialNumber)
    {
        foreach (ReadOnlyMemory<byte> listed in _serialNumbers)
        {
            if (listed.Span.SequenceEqual(serialNumber.Span))
            {
                return true;
            }
        }

        return false;
    }

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            AsnReader entry = entries.ReadSequence();
            _serialNumbers.Add(Certificate.ReadSerialNumber(entry));
            Certificate.ReadTime(entry);
            if (entry.HasData)
            {
                // Whatever the reason or date says, a certificate that is listed is refused.
                entry.ReadSequence();
            }

            entry.ThrowIfNotEmpty();
        }
    }

    // A list that covers only some certificates says so in a critical extension; none of those is known here.
    private static void ReadExtensions(AsnReader reader)
    {
        AsnReader list = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        while (list.HasData)
        {
            (string oid, bool critical, _) = CertificateExtensions.ReadExtension(list);
            Certificate.Require(!critical || oid is AuthorityKeyIdentifierOid or NumberOid, $"The extension {oid} is critical and not known.");
        }
    }
}
