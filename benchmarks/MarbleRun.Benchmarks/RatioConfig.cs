using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace MarbleRun.Benchmarks;

/// <summary>
/// Processor times as ratios to the baseline of the same run, and allocations. Machines differ and are busy with other things; a ratio
/// within one run stays. It runs in this process, so that nothing is built besides.
/// </summary>
internal sealed class RatioConfig : ManualConfig
{
    public RatioConfig()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithClock(new ProcessorClock())
            .WithIterationTime(TimeInterval.FromMilliseconds(50))
            .WithWarmupCount(6)
            .WithIterationCount(20));
        AddDiagnoser(MemoryDiagnoser.Default);
        HideColumns(Column.Error, Column.StdDev, Column.RatioSD, Column.AllocRatio, Column.Gen0, Column.Gen1);
        AddColumn(StatisticColumn.Median, StatisticColumn.Min);
    }
}
