using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>The parts of a subject, by object identifier; values of one attribute share one relative name, as MarbleRun 1.9 encodes them.</summary>
internal sealed record SubjectTemplate
{
    public const string CommonNameOid = "2.5.4.3";

    /// <summary>The order of attributes: C, O, OU, L, ST, street, postal code, CN, serial number.</summary>
    private static readonly string[] s_order =
        ["2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.7", "2.5.4.8", "2.5.4.9", "2.5.4.17", CommonNameOid, "2.5.4.5"];

    /// <summary>Object identifier and values; no attribute occurs twice.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Attributes { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Further attributes, each a relative name of its own; one with a standard identifier stands in place of that attribute.</summary>
    public ImmutableArray<(string Oid, string Value)> Extra { get; init; } = [];

    public bool HasCommonName => Attributes.ContainsKey(CommonNameOid);

    public X500DistinguishedName Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (string oid in s_order.Where(oid => !Extra.Any(e => e.Oid == oid)))
            {
                if (Attributes.TryGetValue(oid, out ImmutableArray<string> values) && !values.IsEmpty)
                {
                    WriteRelativeName(writer, values.Select(value => (oid, value)));
                }
            }

            foreach ((string Oid, string Value) extra in Extra)
            {
                WriteRelativeName(writer, [extra]);
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
                    writer.WriteCharacterString(IsPrintable(value) ? UniversalTagNumber.PrintableString : UniversalTagNumber.UTF8String, value);
                }
            }
        }
    }

    /// <summary>X.680, 41.4.</summary>
    private static bool IsPrintable(string value) => value.All(c => char.IsAsciiLetterOrDigit(c) || " '()+,-./:=?".Contains(c, StringComparison.Ordinal));
}
