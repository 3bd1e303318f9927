using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Authentication;
using MarbleRun.AspNetCore.Limits;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Observes the progress of a handshake, and detects handshakes that fail before a certificate is shown. Kestrel calls no callback for a
/// caller without a certificate: it reports the failure in its handshake metric, in the connection's flow of control. The place at the
/// guard's gate is released as soon as it is not needed any more.
/// </summary>
internal sealed class HandshakeWatch : IDisposable
{
    private const string Instrument = "kestrel.tls_handshake.duration";
    private const string Failure = "error.type";

    private static readonly AsyncLocal<Handshake?> s_current = new();

    private readonly MeterListener _listener = new();
    private readonly RefusalLog _refusals;

    public HandshakeWatch(RefusalLog refusals)
    {
        _refusals = refusals;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == Instrument)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Ended(tags));
        _listener.Start();
    }

    /// <summary>The address of the connection whose handshake runs in this flow of control.</summary>
    public IPEndPoint? Caller => Mine?.Connection.RemoteEndPoint as IPEndPoint;

    /// <summary>The connection whose handshake runs in this flow of control.</summary>
    public BaseConnectionContext? Connection => Mine?.Connection;

    private Handshake? Mine => s_current.Value is { } handshake && ReferenceEquals(handshake.Watch, this) ? handshake : null;

    /// <summary>Starts the observation of a handshake in this flow of control.</summary>
    public void Begin(BaseConnectionContext connection) =>
        s_current.Value = new Handshake(this, connection, connection.Features.Get<GuardedConnection>());

    /// <summary>Records that a certificate was shown, valid or not; the platform has built its chain.</summary>
    public void SawCertificate()
    {
        if (Mine is { } handshake)
        {
            handshake.HasCertificate = true;
            handshake.Guarded?.HandshakeEnded();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Ended(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Mine is not { } handshake)
        {
            return;
        }

        handshake.Guarded?.HandshakeEnded();

        // A connection that only closes, such as that of a probe, is not a caller.
        if (!handshake.HasCertificate && Find(tags) == typeof(AuthenticationException).FullName)
        {
            _refusals.Report(Caller, certificate: null, peer: null, "the TLS handshake ended before a certificate was shown");
        }
    }

    private static string? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag.Key == Failure)
            {
                return tag.Value as string;
            }
        }

        return null;
    }

    private sealed class Handshake(HandshakeWatch watch, BaseConnectionContext connection, GuardedConnection? guarded)
    {
        public HandshakeWatch Watch => watch;

        public BaseConnectionContext Connection => connection;

        public GuardedConnection? Guarded => guarded;

        public bool HasCertificate { get; set; }
    }
}
