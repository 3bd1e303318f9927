using MarbleRun.Identity;
using MarbleRun.Tls;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Testing;

/// <summary>
/// A Marble without an app: it has an identity to call the endpoints of others. <c>TestMesh.ActivateAsync</c> creates it.
/// </summary>
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
    /// Creates a client that shows this Marble's certificate over TLS, and accepts answers only from Marbles of the mesh. Each client has
    /// its own connections: one that is created after the clock was advanced performs a new handshake, while an older one may use an open
    /// connection for up to five minutes of real time. The caller disposes of it.
    /// </summary>
    /// <param name="policy">The Marbles that may answer, for instance <c>MarblePeerPolicy.AllowTypes("orders")</c>.</param>
    public HttpClient CreateHttpClient(MarblePeerPolicy policy) => new(new SocketsHttpHandler
    {
        // The handler replaces this host with the host of each request.
        SslOptions = MarbleTls.CreateClientOptions(Identity, policy, "localhost", _clock, _logger),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseProxy = false,
        UseCookies = false,
    });
}
