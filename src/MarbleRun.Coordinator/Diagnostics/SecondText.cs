using System.Globalization;

namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>A time as answers and the audit trail have it: UTC, to the second (RFC 3339).</summary>
internal static class SecondText
{
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
