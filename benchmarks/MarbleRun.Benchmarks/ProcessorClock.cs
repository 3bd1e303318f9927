using Perfolizer.Horology;

namespace MarbleRun.Benchmarks;

/// <summary>The processor time of this process: what else the machine does does not count.</summary>
internal sealed class ProcessorClock : IClock
{
    public string Title => "processor time";

    public bool IsAvailable => true;

    public Frequency Frequency => new(TimeSpan.TicksPerSecond);

    public long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
}
