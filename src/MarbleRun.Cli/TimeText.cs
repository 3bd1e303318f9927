using System.Globalization;

namespace MarbleRun.Cli;

/// <summary>Reads times as the user writes them: RFC 3339, UTC if no zone is specified.</summary>
internal static class TimeText
{
    /// <exception cref="InputException">The text is not a time.</exception>
    public static DateTimeOffset? Read(string option, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new InputException($"{option} {text} is not a time like 2026-01-31T12:00:00Z.");
    }
}
