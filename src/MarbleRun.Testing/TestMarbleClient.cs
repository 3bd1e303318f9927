using MarbleRun.Identity;
using MarbleRun.Tls;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Testing;

/// <summary>A Marble without an app: it has an identity to call the endpoints of others with. <c>TestMesh.ActivateAsync</c> makes it.</summary>
public sealed class TestMarbleClient : TestMarble
{
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    internal TestMarbleClient(MarbleSetup setup, MarbleIdentity identity, TimeProvider clock, ILogger logger)
        : base(setup.MarbleType, setup.Parameters, () => identity)
    {
        _clock = clock;
        _logger = logger;
    }

    /// <summary>
    /// A client that shows this Marble's certificate over TLS, and to which nobody but Marbles of the mesh may answer. Each has connections of its own: one that is made
    /// after the clock was advanced shakes hands again, while an older one may go on with an open connection for up to five minutes of real time. The caller disposes of it.
    /// </summary>
    /// <param name="policy">Which Marbles may answer, for instance <c>MarblePeerPolicy.AllowTypes("orders")</c>.</param>
    public HttpClient CreateHttpClient(MarblePeerPolicy policy) => new(new SocketsHttpHandler
    {
        // The handler puts the host of each request in the place of this one.
        SslOptions = MarbleTls.CreateClientOptions(Identity, policy, "localhost", _clock, _logger),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseProxy = false,
        UseCookies = false,
    });
}
