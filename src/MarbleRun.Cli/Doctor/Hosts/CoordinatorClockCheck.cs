using System.Globalization;

namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>Compares the clock with that of the Coordinator.</summary>
internal sealed class CoordinatorClockCheck() : DoctorCheck(
    "clock.coordinator", "difference to the clock of the Coordinator", "docs/threat-model.md#the-host-sets-environment-and-time")
{
    private static readonly TimeSpan s_good = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_most = TimeSpan.FromMinutes(2);

    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination.Options.Address is null
            || (await examination.CoordinatorAsync()).Status is not { Date: { } date } page)
        {
            return [];
        }

        // The header has whole seconds; the answer was made between request and answer.
        TimeSpan behind = date - page.Answered;
        TimeSpan ahead = page.Asked - date - TimeSpan.FromSeconds(1);
        TimeSpan difference = behind > TimeSpan.Zero ? behind : ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero;
        string direction = behind > TimeSpan.Zero ? "behind" : "ahead of";
        string found = difference == TimeSpan.Zero
            ? "the clocks agree"
            : string.Create(
                CultureInfo.InvariantCulture, $"this machine is {difference.TotalSeconds:F0} s {direction} the Coordinator");
        const string Remedy = "Synchronize both machines (NTP). Compare each with a third clock to see which one is wrong.";
        return
        [
            difference <= s_good ? Good(found)
            : difference <= s_most ? Warn(found, $"{s_good.TotalSeconds:F0} s at most", Remedy)
            : Fail(found, $"{s_good.TotalSeconds:F0} s at most; certificates and collateral are judged by the clock", Remedy),
        ];
    }
}
