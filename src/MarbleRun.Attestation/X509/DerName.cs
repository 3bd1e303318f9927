using System.Formats.Asn1;
using System.Text;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation.X509;

/// <summary>An X.501 name in a certificate. Names are compared by their bytes; the text is only for people.</summary>
internal static class DerName
{
    private const int LongestText = 64;

    /// <summary>The common name, printable and of limited length, or a text that states its absence.</summary>
    public static string CommonName(ReadOnlyMemory<byte> name)
    {
        try
        {
            AsnReader sets = new AsnReader(name, AsnEncodingRules.DER).ReadSequence();
            while (sets.HasData)
            {
                AsnReader attribute = sets.ReadSetOf().ReadSequence();
                if (DerReader.ReadObjectIdentifier(attribute) == Oids.CommonName)
                {
                    return Printable(attribute.ReadCharacterString((UniversalTagNumber)attribute.PeekTag().TagValue));
                }
            }
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException)
        {
            // Only the outer form of the name was checked.
            return "(unreadable name)";
        }

        return "(no common name)";
    }

    // The text comes from an unauthenticated caller and goes to logs and replies.
    private static string Printable(string text)
    {
        var result = new StringBuilder(Math.Min(text.Length, LongestText));
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, LongestText)))
        {
            result.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        return result.ToString();
    }
}
