using System.Globalization;
using System.Runtime.InteropServices;

namespace MarbleRun.Benchmarks;

/// <summary>What another process uses.</summary>
internal static partial class OtherProcess
{
    /// <summary>Processor time of all threads of a process, to the nanosecond.</summary>
    /// <param name="id">The process.</param>
    /// <exception cref="InvalidOperationException">The process has ended.</exception>
    public static TimeSpan ProcessorTime(int id) =>

        // The clock of another process's processor time, as clock_getcpuclockid(3) gives it.
        GetTime((~id << 3) | 2, out TimeSpec time) == 0
            ? TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
            : throw new InvalidOperationException($"The process {id} has ended.");

    /// <summary>The same of a process and the children that it has now.</summary>
    public static TimeSpan ProcessorTimeOfTree(int id) => File
        .ReadAllText($"/proc/{id}/task/{id}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(child => ProcessorTime(int.Parse(child, CultureInfo.InvariantCulture)))
        .Aggregate(ProcessorTime(id), (sum, time) => sum + time);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
