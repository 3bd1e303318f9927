using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>
/// Bounds what callers cost before their TLS handshake is over, together over all ports that share it: the bytes of a handshake, how many
/// are worked on at once, and the connections of an address. <c>AddMarble()</c> has one for all endpoints of the app; for ports of your own
/// make one and name it in <c>UseGuardedHttps</c>.
/// </summary>
/// <remarks>
/// Metrics, each behind the prefix: <c>connections_refused_total</c> with <c>reason</c> (<c>not_tls</c>, <c>plain_http</c>,
/// <c>handshake_too_large</c>, <c>too_many_of_address</c>), <c>handshakes_waiting</c> and <c>handshakes_working</c>. A refused connection
/// is logged at debug level.
/// </remarks>
public sealed partial class ConnectionGuard : IDisposable
{
    private readonly ILogger<ConnectionGuard> _logger;
    private readonly Counter<long> _refused;

    /// <param name="limits">The limits; they are read now.</param>
    /// <param name="meter">What is counted.</param>
    /// <param name="metricPrefix">What the names of its metrics begin with: a word, and <c>_</c> follows.</param>
    /// <param name="logger">Where refused connections are logged.</param>
    /// <param name="timeProvider">The clock; null, the default, for the system's clock.</param>
    /// <exception cref="ArgumentException">A limit is out of its range.</exception>
    public ConnectionGuard(
        ConnectionLimits limits, Meter meter, string metricPrefix, ILogger<ConnectionGuard> logger, TimeProvider? timeProvider = null)
    {
        timeProvider ??= TimeProvider.System;
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(meter);
        ArgumentException.ThrowIfNullOrEmpty(metricPrefix);
        ArgumentNullException.ThrowIfNull(logger);
        if (limits.FindFaults().FirstOrDefault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(limits));
        }

        Limits = limits;
        Callers = new CallerBook(limits, timeProvider);
        Gate = new HandshakeGate(
            limits.MaxHandshakesAtOnce > 0 ? limits.MaxHandshakesAtOnce : Math.Max(2, Environment.ProcessorCount), timeProvider);
        _logger = logger;
        _refused = meter.CreateCounter<long>(
            $"{metricPrefix}_connections_refused_total",
            description: "Number of connections that were closed before their TLS handshake was over, by reason.");
        meter.CreateObservableGauge(
            $"{metricPrefix}_handshakes_waiting", () => Gate.Waiting, description: "Number of TLS handshakes that wait for a place.");
        meter.CreateObservableGauge(
            $"{metricPrefix}_handshakes_working", () => Gate.Working, description: "Number of TLS handshakes that are worked on.");
    }

    internal ConnectionLimits Limits { get; }

    internal CallerBook Callers { get; }

    internal HandshakeGate Gate { get; }

    /// <summary>Ends the guard. Connections that are open stay open.</summary>
    public void Dispose() => Gate.Dispose();

    internal void Refuse(ConnectionContext connection, ConnectionRefusal reason)
    {
        string label = reason switch
        {
            ConnectionRefusal.PlainHttp => "plain_http",
            ConnectionRefusal.HandshakeTooLarge => "handshake_too_large",
            ConnectionRefusal.TooManyOfAddress => "too_many_of_address",
            _ => "not_tls",
        };
        _refused.Add(1, new KeyValuePair<string, object?>("reason", label));
        Log.Refused(_logger, (connection.RemoteEndPoint as IPEndPoint)?.Address, label);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ConnectionRefused,
            LogLevel.Debug,
            "A connection of {PeerAddress} was closed before its TLS handshake was over: {Reason}.",
            EventName = "ConnectionRefused")]
        public static partial void Refused(ILogger logger, IPAddress? peerAddress, string reason);
    }
}
