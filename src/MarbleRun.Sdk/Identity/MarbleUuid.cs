using System.Globalization;

namespace MarbleRun.Identity;

/// <summary>
/// Reads the forms of a UUID that MarbleRun accepts. As in the other implementations, version and variant are not checked.
/// </summary>
public static class MarbleUuid
{
    /// <summary>The prefix of the longest form, in any case (RFC 9562, section 4).</summary>
    public const string UrnPrefix = "urn:uuid:";

    /// <summary>
    /// Reads 36 characters with hyphens, 32 hex digits without hyphens, 38 characters with any pair of characters around the hyphenated
    /// form, or 45 characters that begin with <c>urn:uuid:</c>; hex in either case.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="uuid">The UUID; the zero UUID if the text is invalid.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Guid uuid)
    {
        switch (text.Length)
        {
            case 32:
                return Guid.TryParseExact(text, "N", out uuid);
            case 38:
                return Guid.TryParseExact(text[1..^1], "D", out uuid);
            case 45 when text.StartsWith(UrnPrefix, StringComparison.OrdinalIgnoreCase):
                return Guid.TryParseExact(text[UrnPrefix.Length..], "D", out uuid);
            case 36:
                return Guid.TryParseExact(text, "D", out uuid);
            default:
                uuid = default;
                return false;
        }
    }

    /// <summary>Returns the form for the wire and for certificates: 36 characters, lower case.</summary>
    /// <param name="uuid">The UUID.</param>
    public static string ToCanonical(Guid uuid) => uuid.ToString("D", CultureInfo.InvariantCulture);
}
