using System.Net.Security;
using System.Security.Authentication;
using MarbleRun.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Tls;

/// <summary>
/// Mutual TLS between Marbles, 1.2 or 1.3, for an <see cref="SslStream"/>. HTTPS endpoints and <c>UseMarbleIdentity()</c> use the same
/// rules.
/// </summary>
/// <remarks>
/// Create new options for each connection: they hold one generation of the identity. A peer is verified under the trust that the
/// Coordinator gave this Marble last, in each full and each resumed handshake; the machine's trust store and the network are not used. The
/// stream of an open connection is disposed at once if its peer is revoked, and 30 seconds after its peer's certificate ended.
/// </remarks>
public static class MarbleTls
{
    /// <summary>How long a client uses a connection for new requests before it opens a new one.</summary>
    internal static readonly TimeSpan LongestConnection = TimeSpan.FromMinutes(5);

    internal const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Creates options for the server side; a client without a Marble certificate is refused.</summary>
    /// <param name="identity">The identity of this process.</param>
    /// <param name="policy">Which Marbles may connect.</param>
    /// <param name="timeProvider">
    /// The clock that the peer's certificate is checked against; null, the default, for the system's clock.
    /// </param>
    /// <param name="logger">The log for the reasons of refusals, or null.</param>
    public static SslServerAuthenticationOptions CreateServerOptions(
        MarbleIdentity identity, MarblePeerPolicy policy, TimeProvider? timeProvider = null, ILogger? logger = null)
    {
        PeerCheck check = CreateCheck(identity, policy, timeProvider ?? TimeProvider.System, logger ?? NullLogger.Instance);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = identity.CertificateContext,
            ClientCertificateRequired = true,
            EnabledSslProtocols = Protocols,
            AllowRenegotiation = false,
            CertificateChainPolicy = InertChainPolicy.Create(),
            RemoteCertificateValidationCallback = check.ValidateClient,
        };
    }

    /// <summary>Creates options for the server side with the identity, clock and log of a host that called <c>AddMarble()</c>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="policy">Which Marbles may connect.</param>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    public static SslServerAuthenticationOptions CreateServerOptions(IServiceProvider services, MarblePeerPolicy policy) =>
        CreateServerOptions(Find<IMarbleIdentityProvider>(services).Current, policy, Find<TimeProvider>(services), CreateLogger(services));

    /// <summary>Creates options for the client side.</summary>
    /// <param name="identity">The identity of this process.</param>
    /// <param name="policy">
    /// The Marbles that may answer. Unless the policy has <see cref="MarblePeerPolicy.IdentifiesPeer"/>, their certificate must contain the
    /// host name.
    /// </param>
    /// <param name="targetHost">The host to connect to: DNS name or IP address.</param>
    /// <param name="timeProvider">
    /// The clock that the peer's certificate is checked against; null, the default, for the system's clock.
    /// </param>
    /// <param name="logger">The log for the reasons of refusals, or null.</param>
    public static SslClientAuthenticationOptions CreateClientOptions(
        MarbleIdentity identity,
        MarblePeerPolicy policy,
        string targetHost,
        TimeProvider? timeProvider = null,
        ILogger? logger = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(targetHost);
        SslClientAuthenticationOptions options =
            CreateClientOptions(identity, policy, timeProvider ?? TimeProvider.System, logger ?? NullLogger.Instance);
        options.TargetHost = targetHost;
        return options;
    }

    /// <summary>Creates options for the client side with the identity, clock and log of a host that called <c>AddMarble()</c>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="policy">
    /// The Marbles that may answer. Unless the policy has <see cref="MarblePeerPolicy.IdentifiesPeer"/>, their certificate must contain the
    /// host name.
    /// </param>
    /// <param name="targetHost">The host to connect to: DNS name or IP address.</param>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    public static SslClientAuthenticationOptions CreateClientOptions(
        IServiceProvider services, MarblePeerPolicy policy, string targetHost) =>
        CreateClientOptions(
            Find<IMarbleIdentityProvider>(services).Current, policy, targetHost, Find<TimeProvider>(services), CreateLogger(services));

    /// <summary>
    /// Creates options for the client side without a host name, for callers that set it for each connection, as <see
    /// cref="System.Net.Http.SocketsHttpHandler"/>, YARP and most libraries do. The identity, clock and log are those of a host that called
    /// <c>AddMarble()</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="policy">
    /// The Marbles that may answer. Unless the policy has <see cref="MarblePeerPolicy.IdentifiesPeer"/>, their certificate must contain the
    /// host name.
    /// </param>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    public static SslClientAuthenticationOptions CreateClientOptions(IServiceProvider services, MarblePeerPolicy policy) =>
        CreateClientOptions(Find<IMarbleIdentityProvider>(services).Current, policy, Find<TimeProvider>(services), CreateLogger(services));

    /// <summary>
    /// Applies the identity and the peer rules to options that a library created, for libraries that pass out their own options instead of
    /// accepting options (Npgsql: <c>UseSslClientAuthenticationOptionsCallback</c>). The host name and the application protocols stay
    /// unchanged.
    /// </summary>
    /// <param name="options">The library's options for one connection.</param>
    /// <param name="services">The host's services.</param>
    /// <param name="policy">
    /// The Marbles that may answer. Unless the policy has <see cref="MarblePeerPolicy.IdentifiesPeer"/>, their certificate must contain the
    /// host name.
    /// </param>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    public static void Apply(SslClientAuthenticationOptions options, IServiceProvider services, MarblePeerPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(options);
        SslClientAuthenticationOptions own = CreateClientOptions(services, policy);
        options.ClientCertificateContext = own.ClientCertificateContext;
        options.ClientCertificates = null;
        options.LocalCertificateSelectionCallback = null;
        options.EnabledSslProtocols = own.EnabledSslProtocols;
        options.AllowRenegotiation = own.AllowRenegotiation;
        options.CertificateChainPolicy = own.CertificateChainPolicy;
        options.RemoteCertificateValidationCallback = own.RemoteCertificateValidationCallback;
    }

    /// <summary>Creates options whose host name the handler sets for each connection.</summary>
    internal static SslClientAuthenticationOptions CreateClientOptions(
        MarbleIdentity identity, MarblePeerPolicy policy, TimeProvider timeProvider, ILogger logger, IPeerObserver? owner = null)
    {
        PeerCheck check = CreateCheck(identity, policy, timeProvider, logger, owner);
        return new SslClientAuthenticationOptions
        {
            ClientCertificateContext = identity.CertificateContext,
            EnabledSslProtocols = Protocols,
            AllowRenegotiation = false,
            CertificateChainPolicy = InertChainPolicy.Create(),
            RemoteCertificateValidationCallback = check.ValidateServer,
        };
    }

    private static ILogger CreateLogger(IServiceProvider services) =>
        Find<ILoggerFactory>(services).CreateLogger(typeof(MarbleTls).FullName!);

    private static T Find<T>(IServiceProvider services)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.GetService(typeof(T)) as T
            ?? throw new InvalidOperationException($"The services have no {typeof(T).Name}. Call builder.Services.AddMarble() first.");
    }

    private static PeerCheck CreateCheck(
        MarbleIdentity identity, MarblePeerPolicy policy, TimeProvider timeProvider, ILogger logger, IPeerObserver? owner = null)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentNullException.ThrowIfNull(logger);
        return new PeerCheck(identity, policy, timeProvider, logger, owner);
    }
}
