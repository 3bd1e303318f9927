namespace MarbleRun.Benchmarks.Connections;

/// <summary>
/// What one operation costs beside another: bursts of both alternate within one process, so that other work on the machine meets both. The
/// result is the median of the ratios of neighbours, with the range in which the median of another run lies in 95 of 100 cases (bootstrap).
/// </summary>
internal sealed record PairedRatio(double Median, double Low, double High, double Baseline, double Measured)
{
    private const int Resamples = 2000;

    /// <param name="baseline">The operation that is the unit.</param>
    /// <param name="measured">The other one.</param>
    /// <param name="pairs">How many bursts of each.</param>
    /// <param name="burst">How many operations in a burst.</param>
    public static async Task<PairedRatio> MeasureAsync(Func<Task> baseline, Func<Task> measured, int pairs, int burst)
    {
        // The code is compiled in several steps, the last one in the background.
        for (int i = 0; i < 6; i++)
        {
            await RunAsync(baseline, Math.Max(burst, 100));
            await RunAsync(measured, Math.Max(burst, 100));
            await Task.Delay(TimeSpan.FromMilliseconds(300));
        }

        var random = new Random(1);
        var costs = new List<(double Baseline, double Measured)>();
        for (int i = 0; i < pairs; i++)
        {
            // The second of two bursts finds other caches than the first.
            if (random.Next(2) == 0)
            {
                double first = await RunAsync(baseline, burst);
                costs.Add((first, await RunAsync(measured, burst)));
            }
            else
            {
                double first = await RunAsync(measured, burst);
                costs.Add((await RunAsync(baseline, burst), first));
            }
        }

        double[] ratios = [.. costs.Select(c => c.Measured / c.Baseline)];
        double[] medians = [.. Enumerable.Range(0, Resamples).Select(_ => FindMedian(random.GetItems(ratios, ratios.Length))).Order()];
        return new PairedRatio(
            FindMedian(ratios),
            medians[(int)(Resamples * 0.025)],
            medians[(int)(Resamples * 0.975)],
            FindMedian(costs.Select(c => c.Baseline)),
            FindMedian(costs.Select(c => c.Measured)));
    }

    /// <summary>The processor time of one operation, in microseconds: of all threads of this process, client and server.</summary>
    private static async Task<double> RunAsync(Func<Task> operation, int count)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < count; i++)
        {
            await operation();
        }

        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / count;
    }

    private static double FindMedian(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
