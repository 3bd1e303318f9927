using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>Lets in what the guard lets in.</summary>
internal sealed class GuardedListener(IConnectionListener inner, ConnectionGuard guard) : IConnectionListener
{
    public EndPoint EndPoint => inner.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await inner.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } connection)
        {
            if (GuardedConnection.Enter(connection, guard) is { } guarded)
            {
                connection.ConnectionClosed.UnsafeRegister(static g => ((GuardedConnection)g!).Leave(), guarded);
                return connection;
            }

            connection.Abort(new ConnectionAbortedException("The address has too many connections."));
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
