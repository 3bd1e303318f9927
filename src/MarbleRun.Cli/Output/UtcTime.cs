using System.Globalization;

namespace MarbleRun.Cli.Output;

/// <summary>Times as RFC 3339 in UTC, whole seconds.</summary>
internal static class UtcTime
{
    public static string Of(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
