using System.Diagnostics.Metrics;
using MarbleRun.AspNetCore.Limits;
using MarbleRun.Coordinator.Diagnostics;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The guard of all ports of this Coordinator. A host that is also a Marble has a separate guard for its own ports.</summary>
internal sealed class CoordinatorGuard(
    IOptions<CoordinatorOptions> options, TimeProvider timeProvider, IMeterFactory meters, ILogger<ConnectionGuard> logger) : IDisposable
{
    public ConnectionGuard Connections { get; } = new(
        options.Value.Limits.Connections, meters.Create(CoordinatorTelemetry.MeterName), "coordinator", logger, timeProvider);

    public void Dispose() => Connections.Dispose();
}
