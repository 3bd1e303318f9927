using System.Globalization;
using System.Text.RegularExpressions;

namespace MarbleRun.Manifests;

/// <summary>Reads the text of <see cref="ManifestConfig.TrustOverlap"/>.</summary>
internal static partial class OverlapText
{
    /// <summary>A Marble does not believe in a longer overlap.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Reads hours, minutes and seconds, in this order, each at most once; an empty text is zero.</summary>
    public static bool TryParse(string text, out TimeSpan overlap)
    {
        Match match = Form().Match(text);
        overlap = match.Success
            ? TimeSpan.FromHours(Number(match, 1)) + TimeSpan.FromMinutes(Number(match, 2)) + TimeSpan.FromSeconds(Number(match, 3))
            : TimeSpan.Zero;
        return match.Success && overlap <= Longest;
    }

    private static int Number(Match match, int group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\A(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
