using System.Globalization;
using System.Text.RegularExpressions;

namespace MarbleRun.Manifests.Reading;

/// <summary>Reads times of RFC 3339, which certificate templates use.</summary>
internal static partial class Rfc3339
{
    /// <param name="text">The text.</param>
    /// <param name="time">The time in UTC.</param>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        return Form().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time);
    }

    [GeneratedRegex(
        @"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d{1,9})?(Z|[+-]\d{2}:\d{2})\z",
        RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Form();
}
