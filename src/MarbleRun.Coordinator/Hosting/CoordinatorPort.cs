using Microsoft.AspNetCore.Connections.Features;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The doors of the Coordinator. A connection is marked with the one that it came through.</summary>
internal enum CoordinatorPort
{
    /// <summary>Not one of the Coordinator's.</summary>
    None = 0,

    /// <summary>Marbles activate here.</summary>
    Mesh,

    /// <summary>Operators, users and relying parties come here.</summary>
    Client,

    /// <summary>Metrics, events and health are read here, if it is open at all.</summary>
    Metrics,
}

internal static class CoordinatorPortExtensions
{
    private static readonly object s_key = new();

    public static void Mark(this CoordinatorPort port, IDictionary<object, object?> connectionItems) => connectionItems[s_key] = port;

    public static CoordinatorPort GetCoordinatorPort(this HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(s_key, out object? port) == true ? (CoordinatorPort)port! : CoordinatorPort.None;
}
