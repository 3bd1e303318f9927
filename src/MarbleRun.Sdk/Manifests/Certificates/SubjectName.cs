using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Certificates;

/// <summary>Encodes a subject. Values of one attribute share one relative name, as in MarbleRun 1.9.</summary>
internal static class SubjectName
{
    public const string CommonName = Oids.CommonName;

    /// <summary>
    /// The attributes by manifest member, in the order of encoding: C, O, OU, L, ST, street, postal code, CN, serial number.
    /// </summary>
    public static IReadOnlyList<(string Member, string Oid)> Attributes { get; } =
    [
        ("Country", "2.5.4.6"),
        ("Organization", "2.5.4.10"),
        ("OrganizationalUnit", "2.5.4.11"),
        ("Locality", "2.5.4.7"),
        ("Province", "2.5.4.8"),
        ("StreetAddress", "2.5.4.9"),
        ("PostalCode", "2.5.4.17"),
        ("CommonName", CommonName),
        ("SerialNumber", "2.5.4.5"),
    ];

    /// <summary>Returns the object identifier of a member.</summary>
    public static string OidOf(string member) => Attributes.First(attribute => attribute.Member == member).Oid;

    /// <param name="attributes">Object identifier → values.</param>
    /// <param name="extra">Further attributes, each in a separate relative name; one with a standard identifier replaces that
    /// attribute.</param>
    public static X500DistinguishedName Encode(
        IReadOnlyDictionary<string, ImmutableArray<string>> attributes, IReadOnlyList<(string Oid, string Value)> extra)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach ((_, string oid) in Attributes.Where(attribute => extra.All(e => e.Oid != attribute.Oid)))
            {
                if (attributes.TryGetValue(oid, out ImmutableArray<string> values))
                {
                    WriteRelativeName(writer, values.Select(value => (oid, value)));
                }
            }

            foreach ((string Oid, string Value) name in extra)
            {
                WriteRelativeName(writer, [name]);
            }
        }

        return new X500DistinguishedName(writer.Encode());
    }

    private static void WriteRelativeName(AsnWriter writer, IEnumerable<(string Oid, string Value)> attributes)
    {
        using (writer.PushSetOf())
        {
            foreach ((string oid, string value) in attributes)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(oid);
                    writer.WriteCharacterString(
                        IsPrintable(value) ? UniversalTagNumber.PrintableString : UniversalTagNumber.UTF8String, value);
                }
            }
        }
    }

    /// <summary>Whether a value is a PrintableString (X.680, 41.4).</summary>
    private static bool IsPrintable(string value) =>
        value.All(c => char.IsAsciiLetterOrDigit(c) || " '()+,-./:=?".Contains(c, StringComparison.Ordinal));
}
