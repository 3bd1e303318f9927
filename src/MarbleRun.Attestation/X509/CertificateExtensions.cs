using System.Formats.Asn1;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation.X509;

/// <summary>
/// The extensions that define what a certificate may be used for (RFC 5280, 4.2). A duplicate extension and an unknown critical extension
/// are faults.
/// </summary>
internal sealed class CertificateExtensions
{
    private readonly CertificateProfile _profile;
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _others = new(StringComparer.Ordinal);
    private byte? _keyUsage;

    private CertificateExtensions(CertificateProfile profile)
    {
        _profile = profile;
    }

    /// <summary>Basic constraints: cA.</summary>
    public bool IsAuthority { get; private set; }

    /// <summary>Basic constraints: pathLenConstraint.</summary>
    public int? PathLength { get; private set; }

    /// <summary>Key usage digitalSignature, or no key usage.</summary>
    public bool MaySignData => _keyUsage is null || (_keyUsage & 0x80) != 0;

    /// <summary>Key usage keyCertSign; it must be stated.</summary>
    public bool MaySignCertificates => (_keyUsage & 0x04) is not null and not 0;

    /// <summary>Key usage cRLSign; it must be stated.</summary>
    public bool MaySignLists => (_keyUsage & 0x02) is not null and not 0;

    /// <summary>The values of the extensions that are not of RFC 5280, by object identifier.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Others => _others;

    /// <summary>Reads <c>Extensions ::= SEQUENCE OF Extension</c>.</summary>
    /// <exception cref="AsnContentException">They are not well formed.</exception>
    public static CertificateExtensions Read(AsnReader reader, CertificateProfile profile)
    {
        var result = new CertificateExtensions(profile);
        AsnReader list = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (list.HasData)
        {
            DerReader.RequireFew(seen.Count + 1);
            (string oid, bool critical, ReadOnlyMemory<byte> value) = ReadExtension(list);
            DerReader.Require(seen.Add(oid), $"The extension {oid} occurs twice.");
            result.Take(oid, critical, value);
        }

        return result;
    }

    internal static (string Oid, bool Critical, ReadOnlyMemory<byte> Value) ReadExtension(AsnReader list)
    {
        AsnReader extension = list.ReadSequence();
        string oid = DerReader.ReadObjectIdentifier(extension);
        bool critical = extension.HasData && extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
        byte[] value = extension.ReadOctetString();
        extension.ThrowIfNotEmpty();
        return (oid, critical, value);
    }

    private void Take(string oid, bool critical, ReadOnlyMemory<byte> value)
    {
        switch (oid)
        {
            case Oids.BasicConstraints:
                ReadBasicConstraints(value);
                break;
            case Oids.KeyUsage:
                byte[] bits = new AsnReader(value, AsnEncodingRules.DER).ReadBitString(out _);
                _keyUsage = bits.Length == 0 ? (byte)0 : bits[0];
                break;
            case Oids.SubjectKeyIdentifier or Oids.AuthorityKeyIdentifier or Oids.DistributionPoints:
                break;
            default:
                DerReader.Require(!critical || _profile.KnowsExtension(oid), $"The extension {oid} is critical and not known.");
                _others.Add(oid, value);
                break;
        }
    }

    private void ReadBasicConstraints(ReadOnlyMemory<byte> value)
    {
        var reader = new AsnReader(value, AsnEncodingRules.DER);
        AsnReader sequence = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        IsAuthority = sequence.HasData && sequence.PeekTag() == Asn1Tag.Boolean && sequence.ReadBoolean();
        if (sequence.HasData)
        {
            DerReader.Require(sequence.TryReadInt32(out int length) && length >= 0, "The path length is out of range.");
            PathLength = length;
        }

        sequence.ThrowIfNotEmpty();
    }
}
