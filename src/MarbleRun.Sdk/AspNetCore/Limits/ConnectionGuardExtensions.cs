using MarbleRun.AspNetCore.Limits;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Puts a port behind a guard.</summary>
public static class ConnectionGuardExtensions
{
    /// <summary>TLS behind the guard, which answers plain HTTP with status 400.</summary>
    /// <param name="listenOptions">The port. Middleware that was added before sees the connection before the guard does.</param>
    /// <param name="guard">The guard, shared by as many ports as you like.</param>
    /// <param name="tlsOptions">How the port shakes hands.</param>
    /// <param name="maxHandshakeBytes">
    /// What counts at this port instead of <see cref="MarbleRun.ConnectionLimits.MaxHandshakeBytes"/>, with the same range.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxHandshakeBytes"/> is out of its range.</exception>
    public static ListenOptions UseGuardedHttps(
        this ListenOptions listenOptions, ConnectionGuard guard, TlsHandshakeCallbackOptions tlsOptions, int? maxHandshakeBytes = null)
    {
        if (maxHandshakeBytes is < MarbleRun.ConnectionLimits.LeastHandshakeBytes or > MarbleRun.ConnectionLimits.MostHandshakeBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(maxHandshakeBytes));
        }

        Guard(listenOptions, guard, maxHandshakeBytes);
        listenOptions.UseHttps(tlsOptions);
        listenOptions.Use(next => connection =>
        {
            connection.Features.Get<GuardedConnection>()?.HandshakeEnded();
            return next(connection);
        });
        return listenOptions;
    }

    /// <summary>The guard alone. On a port without TLS it counts the connections of each address.</summary>
    /// <param name="listenOptions">The port.</param>
    /// <param name="guard">The guard.</param>
    public static ListenOptions UseConnectionGuard(this ListenOptions listenOptions, ConnectionGuard guard) =>
        Guard(listenOptions, guard, maxHandshakeBytes: null);

    private static ListenOptions Guard(ListenOptions listenOptions, ConnectionGuard guard, int? maxHandshakeBytes)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);
        ArgumentNullException.ThrowIfNull(guard);
        listenOptions.Use(next => async connection =>
        {
            if (GuardedConnection.Enter(connection, guard, maxHandshakeBytes) is not { } guarded)
            {
                connection.Abort(new ConnectionAbortedException("The address has too many connections."));
                return;
            }

            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                guarded.Leave();
            }
        });
        return listenOptions;
    }
}
