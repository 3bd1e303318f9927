using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>A connection that was let in: its reader stands between socket and TLS. It is a feature of the connection.</summary>
internal sealed class GuardedConnection : IDuplexPipe
{
    private readonly HandshakeReader _reader;
    private readonly ConnectionGuard _guard;
    private readonly AddressAccount _caller;
    private int _left;

    private GuardedConnection(ConnectionContext connection, ConnectionGuard guard, AddressAccount caller, int maxHandshakeBytes)
    {
        _guard = guard;
        _caller = caller;
        _reader = new HandshakeReader(connection, connection.Transport, guard, caller, maxHandshakeBytes);
        Output = connection.Transport.Output;
    }

    public PipeReader Input => _reader;

    public PipeWriter Output { get; }

    /// <summary>Puts the guard before whatever reads the connection next; null if its address has too many.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="guard">The guard.</param>
    /// <param name="maxHandshakeBytes">What may follow the ClientHello, where it is not what the guard's limits say.</param>
    public static GuardedConnection? Enter(ConnectionContext connection, ConnectionGuard guard, int? maxHandshakeBytes = null)
    {
        if (guard.Callers.Enter(ConnectionLimits.CountedAddress((connection.RemoteEndPoint as IPEndPoint)?.Address)) is not { } caller)
        {
            guard.Refuse(connection, ConnectionRefusal.TooManyOfAddress);
            return null;
        }

        var guarded = new GuardedConnection(connection, guard, caller, maxHandshakeBytes ?? guard.Limits.MaxHandshakeBytes);
        connection.Transport = guarded;
        connection.Features.Set(guarded);
        return guarded;
    }

    /// <summary>The dear part of the handshake is over.</summary>
    public void HandshakeEnded() => _reader.LeavePlace();

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
