namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>Whether the clock can be right at all.</summary>
internal sealed class ClockSanityCheck() : SimpleCheck(
    "clock.sanity", "date of this machine", "docs/threat-model.md#the-host-sets-environment-and-time")
{
    // This program is not older, and Intel's root ends then.
    private static readonly DateTimeOffset s_first = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_last = new(2049, 12, 31, 0, 0, 0, TimeSpan.Zero);

    protected override Finding? Look(Examination examination)
    {
        string found = $"{examination.Now.UtcDateTime:u}";
        return examination.Now >= s_first && examination.Now <= s_last
            ? Good(found)
            : Fail(found, $"a date from {s_first:yyyy} to {s_last:yyyy}", "Set the clock of this machine, and have it synchronized (NTP).");
    }
}
