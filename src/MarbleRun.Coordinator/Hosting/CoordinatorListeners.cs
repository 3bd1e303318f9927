using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The addresses of the ports, with the actual port numbers after the host has started.</summary>
public sealed class CoordinatorListeners
{
    private readonly Dictionary<CoordinatorPort, ListenOptions> _listeners = [];

    /// <summary>The address at which Marbles activate.</summary>
    /// <exception cref="InvalidOperationException">The host has not started yet.</exception>
    public IPEndPoint Mesh => Get(CoordinatorPort.Mesh);

    /// <summary>The address at which clients manage and verify.</summary>
    /// <exception cref="InvalidOperationException">The host has not started yet.</exception>
    public IPEndPoint Client => Get(CoordinatorPort.Client);

    /// <summary>The address of metrics, events and health, or null if the port is off or the host has not started yet.</summary>
    public IPEndPoint? Metrics => _listeners.GetValueOrDefault(CoordinatorPort.Metrics)?.IPEndPoint;

    /// <summary>The address for other Coordinators, or null if the port is off or the host has not started yet.</summary>
    public IPEndPoint? Peers => _listeners.GetValueOrDefault(CoordinatorPort.Peers)?.IPEndPoint;

    internal void Add(CoordinatorPort port, ListenOptions listener) => _listeners[port] = listener;

    private IPEndPoint Get(CoordinatorPort port) =>
        _listeners.TryGetValue(port, out ListenOptions? listener) && listener.IPEndPoint is { } endPoint
            ? endPoint
            : throw new InvalidOperationException("The Coordinator's ports are known only after the host has started.");
}
