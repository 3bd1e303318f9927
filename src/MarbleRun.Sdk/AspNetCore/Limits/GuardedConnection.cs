using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>A connection that was let in: its reader stands between socket and TLS. It is a feature of the connection.</summary>
internal sealed class GuardedConnection : IDuplexPipe
{
    private readonly HandshakeReader _reader;
    private readonly ConnectionGuard _guard;
    private readonly Caller _caller;
    private int _left;

    private GuardedConnection(ConnectionContext connection, ConnectionGuard guard, Caller caller)
    {
        _guard = guard;
        _caller = caller;
        _reader = new HandshakeReader(connection, connection.Transport, guard, caller);
        Output = connection.Transport.Output;
    }

    public PipeReader Input => _reader;

    public PipeWriter Output { get; }

    /// <summary>Puts the guard before whatever reads the connection next; null if its address has too many.</summary>
    public static GuardedConnection? Enter(ConnectionContext connection, ConnectionGuard guard)
    {
        if (guard.Callers.Enter(ConnectionLimits.CountedAddress((connection.RemoteEndPoint as IPEndPoint)?.Address)) is not { } caller)
        {
            guard.Refuse(connection, ConnectionRefusal.TooManyOfAddress);
            return null;
        }

        var guarded = new GuardedConnection(connection, guard, caller);
        connection.Transport = guarded;
        connection.Features.Set(guarded);
        return guarded;
    }

    /// <summary>The dear part of the handshake is over.</summary>
    public void HandshakeEnded() => _reader.LeavePlace();

    /// <summary>The same as soon as TLS asks about the client's certificates, whose chain it has built by then.</summary>
    public void EndHandshakeWithCheckOf(SslServerAuthenticationOptions options)
    {
        if (options.RemoteCertificateValidationCallback is not { } check)
        {
            return;
        }

        options.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
        {
            HandshakeEnded();
            return check(sender, certificate, chain, errors);
        };
    }

    /// <summary>The connection is closed.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
        {
            HandshakeEnded();
            _guard.Callers.Leave(_caller);
        }
    }
}
