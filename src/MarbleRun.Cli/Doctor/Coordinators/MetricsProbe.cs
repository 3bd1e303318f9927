using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>Reads metrics and readiness.</summary>
internal static class MetricsProbe
{
    public static async Task<MetricsFacts> RunAsync(IMachine machine, DoctorOptions options, CancellationToken cancellationToken)
    {
        Uri address = options.Metrics ?? throw new InvalidOperationException("No metrics port was named.");
        try
        {
            PageFacts metrics = await machine.Network.GetAsync(new Uri(address, "/metrics"), cancellationToken);
            PageFacts ready = await machine.Network.GetAsync(new Uri(address, "/health/ready"), cancellationToken);
            return metrics.Status == 200
                ? new MetricsFacts(Fault: null, metrics.Body, ready.Status, ready.Body.Trim())
                : new MetricsFacts($"{address} answered {metrics.Status}", string.Empty, 0, string.Empty);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new MetricsFacts(e.Message, string.Empty, 0, string.Empty);
        }
    }
}
