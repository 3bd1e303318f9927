using System.Diagnostics.Metrics;

namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>Creates the instruments of a Coordinator.</summary>
internal static class CoordinatorMeter
{
    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5],
    };

    /// <summary>The meter of the Coordinator; all rooms of one Coordinator share it.</summary>
    public static Meter CreateCoordinatorMeter(this IMeterFactory meters) => meters.Create(CoordinatorTelemetry.MeterName);

    /// <summary>A histogram of seconds.</summary>
    public static Histogram<double> CreateDuration(this Meter meter, string name, string description) =>
        meter.CreateHistogram(name, "s", description, tags: null, s_seconds);
}
