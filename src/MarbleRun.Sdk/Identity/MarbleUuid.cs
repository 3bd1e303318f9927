using System.Globalization;

namespace MarbleRun.Identity;

/// <summary>Reads the forms of a UUID that MarbleRun knows. Version and variant are not looked at, as in the other implementations.</summary>
public static class MarbleUuid
{
    /// <summary>What the longest form begins with, in any case (RFC 9562, section 4).</summary>
    public const string UrnPrefix = "urn:uuid:";

    /// <summary>
    /// Reads 36 characters with hyphens, 32 hex digits without, 38 characters with any pair around the hyphenated form,
    /// or 45 that begin with <c>urn:uuid:</c>; hex in either case.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="uuid">The UUID; the zero UUID if the text is none.</param>
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

    /// <summary>The form that goes over the wire and into certificates: 36 characters, lower case.</summary>
    /// <param name="uuid">The UUID.</param>
    public static string ToCanonical(Guid uuid) => uuid.ToString("D", CultureInfo.InvariantCulture);
}
