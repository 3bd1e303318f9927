using Microsoft.AspNetCore.Connections.Features;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The ports of the Coordinator. Each connection is marked with its port.</summary>
internal enum CoordinatorPort
{
    /// <summary>Not a port of the Coordinator.</summary>
    None = 0,

    /// <summary>The port at which Marbles activate.</summary>
    Mesh,

    /// <summary>The port for operators, users and relying parties.</summary>
    Client,

    /// <summary>The port of metrics, events and health, if it is open.</summary>
    Metrics,

    /// <summary>The port for other Coordinators that share the store, if it is open.</summary>
    Peers,
}

internal static class CoordinatorPortExtensions
{
    private static readonly object s_key = new();

    public static void Mark(this CoordinatorPort port, IDictionary<object, object?> connectionItems) => connectionItems[s_key] = port;

    public static CoordinatorPort GetCoordinatorPort(this HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(s_key, out object? port) == true
            ? (CoordinatorPort)port!
            : CoordinatorPort.None;
}
