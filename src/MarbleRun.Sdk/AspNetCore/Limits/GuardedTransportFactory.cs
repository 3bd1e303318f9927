using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>Guards every endpoint of an app, wherever it was configured: in code, in the configuration, by a variable.</summary>
internal sealed class GuardedTransportFactory(IConnectionListenerFactory inner, ConnectionGuard guard) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => inner is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new GuardedListener(await inner.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), guard);
}
