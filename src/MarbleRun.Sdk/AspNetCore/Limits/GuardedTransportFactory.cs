using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>Guards every endpoint of an app, wherever it was configured: in code, in the configuration, by a variable.</summary>
/// <param name="inner">The transport.</param>
/// <param name="guard">
/// Gives the guard when the first endpoint is bound. Not before: options that are wrong are told when the host starts, and not while it is
/// built.
/// </param>
internal sealed class GuardedTransportFactory(IConnectionListenerFactory inner, Func<ConnectionGuard> guard)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => inner is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new GuardedListener(await inner.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), guard());
}

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
