using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using MarbleRun.Attestation.Checks;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation.X509;

/// <summary>A list of revoked certificates, X.509 v2, DER (RFC 5280, 5). Reading it checks its form and nothing else.</summary>
internal sealed class RevocationList
{
    private readonly SignedObject _outer;
    private readonly List<ReadOnlyMemory<byte>> _serialNumbers = [];

    private RevocationList(ReadOnlyMemory<byte> der, CertificateProfile profile)
    {
        DerReader.Require(der.Length <= EvidenceLimits.MostListBytes, $"The list has more than {EvidenceLimits.MostListBytes} bytes.");
        _outer = SignedObject.Read(der, profile);
        AsnReader body = new AsnReader(_outer.Signed, AsnEncodingRules.DER).ReadSequence();
        DerReader.Require(body.TryReadInt32(out int version) && version == 1, "The version is not 2.");
        _outer.ReadSameAlgorithm(body);
        Issuer = DerReader.ReadName(body);
        ThisUpdate = DerReader.ReadTime(body);
        NextUpdate = DerReader.ReadTime(body);
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

    /// <summary>Required here: without an end, an old list cannot be recognised.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>Reads a list of a vendor.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> der,
        CertificateProfile profile,
        [NotNullWhen(true)] out RevocationList? list,
        [NotNullWhen(false)] out string? fault) =>
        DerReader.TryRead(() => new RevocationList(der, profile), out list, out fault);

    /// <summary>Whether the list's signature is by this key.</summary>
    public bool IsSignedBy(ReadOnlyMemory<byte> publicKey) => _outer.IsSignedBy(publicKey);

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
            DerReader.Require(
                _serialNumbers.Count < EvidenceLimits.MostListEntries, $"The list has more than {EvidenceLimits.MostListEntries} entries.");
            AsnReader entry = entries.ReadSequence();
            _serialNumbers.Add(DerReader.ReadSerialNumber(entry));
            DerReader.ReadTime(entry);
            if (entry.HasData)
            {
                // A listed certificate is refused, regardless of reason and date.
                entry.ReadSequence();
            }

            entry.ThrowIfNotEmpty();
        }
    }

    // A list that covers only some certificates has a critical extension that states this; none of these is supported.
    private static void ReadExtensions(AsnReader reader)
    {
        AsnReader list = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        for (int count = 1; list.HasData; count++)
        {
            DerReader.RequireFew(count);
            (string oid, bool critical, _) = CertificateExtensions.ReadExtension(list);
            DerReader.Require(
                !critical || oid is Oids.AuthorityKeyIdentifier or Oids.RevocationListNumber,
                $"The extension {oid} is critical and not known.");
        }
    }
}
