using System.Globalization;
using System.Text.RegularExpressions;

namespace MarbleRun.Manifests.Reading;

/// <summary>Times of RFC 3339, as certificates' templates write them.</summary>
internal static partial class Rfc3339
{
    public static bool IsTime(string text) =>
        Form().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _);

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d{1,9})?(Z|[+-]\d{2}:\d{2})\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Form();
}
