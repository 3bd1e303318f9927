using System.Globalization;
using MarbleRun.Attestation;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>Times, numbers and outcomes in words.</summary>
internal static class Words
{
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The time that is left, or passed, in its two largest units.</summary>
    public static string Left(DateTimeOffset until, DateTimeOffset now) =>
        until <= now ? $"ended {Span(now - until)} ago" : $"{Span(until - now)} left";

    public static string Span(TimeSpan span) =>
        span.TotalDays >= 730 ? Units((int)(span.TotalDays / 365), "year")
        : span.TotalDays >= 2 ? Units((int)span.TotalDays, "day")
        : span.TotalHours >= 1 ? $"{Units((int)span.TotalHours, "hour")} {Units(span.Minutes, "minute")}"
        : span.TotalMinutes >= 1 ? Units((int)span.TotalMinutes, "minute")
        : Units((int)span.TotalSeconds, "second");

    public static string Units(int count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? string.Empty : "s")}");

    public static string Outcome(VerdictCheckOutcome outcome) => outcome switch
    {
        VerdictCheckOutcome.Passed => "√ passed",
        VerdictCheckOutcome.Failed => "× failed",
        _ => "not reached",
    };
}
