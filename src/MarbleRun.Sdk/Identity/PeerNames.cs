using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Identity;

/// <summary>
/// Reads the names and the measurement in certificates of Marbles. Certificates of other Coordinators do not contain them.
/// </summary>
internal static class PeerNames
{
    private const string Scheme = "spiffe://";

    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag s_measurements = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag s_vendorInfo = new(TagClass.ContextSpecific, 8);

    /// <summary>The URI name, if it is a SPIFFE ID; null for several names, which X.509-SVID, 2, does not allow.</summary>
    /// <exception cref="AsnContentException">The extension is not DER.</exception>
    public static string? ReadSpiffeId(X509Certificate2 certificate)
    {
        if (certificate.Extensions[Oids.AlternativeNames] is not { } names)
        {
            return null;
        }

        string? id = null;
        AsnReader reader = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
        while (reader.HasData)
        {
            if (!reader.PeekTag().HasSameClassAndValue(s_uri))
            {
                reader.ReadEncodedValue();
                continue;
            }

            string uri = reader.ReadCharacterString(UniversalTagNumber.IA5String, s_uri);
            if (id is not null || !uri.StartsWith(Scheme, StringComparison.Ordinal))
            {
                return null;
            }

            id = uri;
        }

        return id;
    }

    /// <summary>The first measurement, and the machine.</summary>
    /// <exception cref="AsnContentException">The extension is not DER.</exception>
    public static (string? Measurement, string? Platform) ReadCode(X509Certificate2 certificate)
    {
        if (certificate.Extensions[MarblePeer.CodeOid] is not { } extension)
        {
            return default;
        }

        string? measurement = null;
        string? platform = null;
        AsnReader members = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        while (members.HasData)
        {
            Asn1Tag tag = members.PeekTag();
            if (tag.HasSameClassAndValue(s_measurements))
            {
                AsnReader first = members.ReadSequence(s_measurements).ReadSequence();
                first.ReadObjectIdentifier();
                measurement = Convert.ToHexStringLower(first.ReadOctetString());
            }
            else if (tag.HasSameClassAndValue(s_vendorInfo))
            {
                platform = Convert.ToHexStringLower(members.ReadOctetString(s_vendorInfo));
            }
            else
            {
                members.ReadEncodedValue();
            }
        }

        return (measurement, platform);
    }
}
