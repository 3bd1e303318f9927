using System.Diagnostics;
using System.Globalization;
using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Doctor;

/// <summary>Makes all checks, one after another. A check that fails or hangs is a line of the report.</summary>
internal static class DoctorRun
{
    public static Task<DoctorReport> RunAsync(IMachine machine, DoctorOptions options, CancellationToken cancellationToken) =>
        RunAsync(DoctorChecks.All, machine, options, cancellationToken);

    public static async Task<DoctorReport> RunAsync(
        IEnumerable<DoctorCheck> checks, IMachine machine, DoctorOptions options, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var examination = new Examination(machine, options, end.Token);
        var findings = new List<TimedFinding>();
        foreach (DoctorCheck check in checks)
        {
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<Finding> found = await RunAsync(check, examination, machine.Clock, cancellationToken);
            TimeSpan duration = Stopwatch.GetElapsedTime(start);
            findings.AddRange(found.Select(f => new TimedFinding(f, duration)));
        }

        // What hangs is not waited for.
        await end.CancelAsync();
        return new DoctorReport(machine.Clock.GetUtcNow(), findings);
    }

    private static async Task<IReadOnlyList<Finding>> RunAsync(
        DoctorCheck check, Examination examination, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await Task.Run(() => check.RunAsync(examination, limit.Token), cancellationToken)
                .WaitAsync(check.Limit, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            await limit.CancelAsync();
            string seconds = check.Limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
            return
            [
                check.Warn(
                    $"the check did not end within {seconds} s",
                    "an answer in that time",
                    "Run the command again; if it hangs again, look at what this check looks at."),
            ];
        }
#pragma warning disable CA1031 // A check that can't be made must not hide the findings of the others.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return
            [
                check.Warn(
                    $"the check could not be made: {e.GetType().Name}: {e.Message}",
                    "a check that can be made",
                    "Report this line to the project: it is a fault of this program."),
            ];
        }
    }
}

/// <summary>A finding, and how long its check took.</summary>
internal sealed record TimedFinding(Finding Finding, TimeSpan Duration);
