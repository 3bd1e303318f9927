using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Where the ports are, with the real port numbers once the host has started.</summary>
public sealed class CoordinatorListeners
{
    private readonly Dictionary<CoordinatorPort, ListenOptions> _listeners = [];

    /// <summary>Where Marbles activate.</summary>
    /// <exception cref="InvalidOperationException">The host has not started yet.</exception>
    public IPEndPoint Mesh => Get(CoordinatorPort.Mesh);

    /// <summary>Where clients manage and verify.</summary>
    /// <exception cref="InvalidOperationException">The host has not started yet.</exception>
    public IPEndPoint Client => Get(CoordinatorPort.Client);

    /// <summary>Where metrics, events and health are read, or null if nowhere or the host has not started yet.</summary>
    public IPEndPoint? Metrics => _listeners.GetValueOrDefault(CoordinatorPort.Metrics)?.IPEndPoint;

    internal void Add(CoordinatorPort port, ListenOptions listener) => _listeners[port] = listener;

    private IPEndPoint Get(CoordinatorPort port) =>
        _listeners.TryGetValue(port, out ListenOptions? listener) && listener.IPEndPoint is { } endPoint
            ? endPoint
            : throw new InvalidOperationException("The Coordinator's ports are known when the host has started.");
}
