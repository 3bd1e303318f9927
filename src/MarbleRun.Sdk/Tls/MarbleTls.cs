using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tls;

/// <summary>
/// Mutual TLS between Marbles, 1.2 or 1.3, for an <see cref="SslStream"/>. HTTPS endpoints and <c>UseMarbleIdentity()</c> use the same rules.
/// </summary>
/// <remarks>
/// Make the options anew for each connection: they hold one generation of the identity. A peer is verified under the Marble root alone; the
/// machine's trust store, revocation and the network play no part.
/// </remarks>
public static class MarbleTls
{
    /// <summary>How long a client uses a connection for new requests before it shakes hands again.</summary>
    internal static readonly TimeSpan LongestConnection = TimeSpan.FromMinutes(5);

    internal const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Options for the server's side; a client without a Marble's certificate is refused.</summary>
    /// <param name="identity">Who this process is.</param>
    /// <param name="policy">Which Marbles may connect.</param>
    /// <param name="timeProvider">The clock that the peer's certificate is checked against.</param>
    /// <param name="logger">Gets the reasons of refusals.</param>
    public static SslServerAuthenticationOptions CreateServerOptions(
        MarbleIdentity identity, MarblePeerPolicy policy, TimeProvider timeProvider, ILogger logger)
    {
        PeerCheck check = CreateCheck(identity, policy, timeProvider, logger);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = identity.CertificateContext,
            ClientCertificateRequired = true,
            EnabledSslProtocols = Protocols,
            AllowRenegotiation = false,
            CertificateChainPolicy = CreateInertPolicy(),
            RemoteCertificateValidationCallback = check.ValidateClient,
        };
    }

    /// <summary>Options for the server's side, with identity, clock and log of a host that called <c>AddMarble()</c>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="policy">Which Marbles may connect.</param>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    public static SslServerAuthenticationOptions CreateServerOptions(IServiceProvider services, MarblePeerPolicy policy) =>
        CreateServerOptions(Find<IMarbleIdentityProvider>(services).Current, policy, Find<TimeProvider>(services), CreateLogger(services));

    /// <summary>Options for the client's side.</summary>
    /// <param name="identity">Who this process is.</param>
    /// <param name="policy">
    /// Which Marbles may answer. Unless it <see cref="MarblePeerPolicy.IdentifiesPeer"/>, the host name must be in their certificate.
    /// </param>
    /// <param name="targetHost">The host that is called: DNS name or IP address.</param>
    /// <param name="timeProvider">The clock that the peer's certificate is checked against.</param>
    /// <param name="logger">Gets the reasons of refusals.</param>
    public static SslClientAuthenticationOptions CreateClientOptions(
        MarbleIdentity identity, MarblePeerPolicy policy, string targetHost, TimeProvider timeProvider, ILogger logger)
    {
        ArgumentException.ThrowIfNullOrEmpty(targetHost);
        SslClientAuthenticationOptions options = CreateClientOptions(identity, policy, timeProvider, logger);
        options.TargetHost = targetHost;
        return options;
    }

    /// <summary>Options for the client's side, with identity, clock and log of a host that called <c>AddMarble()</c>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="policy">
    /// Which Marbles may answer. Unless it <see cref="MarblePeerPolicy.IdentifiesPeer"/>, the host name must be in their certificate.
    /// </param>
    /// <param name="targetHost">The host that is called: DNS name or IP address.</param>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    public static SslClientAuthenticationOptions CreateClientOptions(IServiceProvider services, MarblePeerPolicy policy, string targetHost) =>
        CreateClientOptions(Find<IMarbleIdentityProvider>(services).Current, policy, targetHost, Find<TimeProvider>(services), CreateLogger(services));

    /// <summary>
    /// Options for the client's side whose host name the caller of each connection fills in, as <see cref="System.Net.Http.SocketsHttpHandler"/>, YARP and most
    /// libraries do. Of a host that called <c>AddMarble()</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="policy">
    /// Which Marbles may answer. Unless it <see cref="MarblePeerPolicy.IdentifiesPeer"/>, the host name must be in their certificate.
    /// </param>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    public static SslClientAuthenticationOptions CreateClientOptions(IServiceProvider services, MarblePeerPolicy policy) =>
        CreateClientOptions(Find<IMarbleIdentityProvider>(services).Current, policy, Find<TimeProvider>(services), CreateLogger(services));

    /// <summary>
    /// Puts identity and rules into options that a library made, for libraries that hand out theirs instead of taking others (Npgsql:
    /// <c>UseSslClientAuthenticationOptionsCallback</c>). Host name and protocols of the application layer stay as they are.
    /// </summary>
    /// <param name="options">The library's options for one connection.</param>
    /// <param name="services">The host's services.</param>
    /// <param name="policy">
    /// Which Marbles may answer. Unless it <see cref="MarblePeerPolicy.IdentifiesPeer"/>, the host name must be in their certificate.
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

    /// <summary>Options whose host name the handler fills in for each connection.</summary>
    internal static SslClientAuthenticationOptions CreateClientOptions(
        MarbleIdentity identity, MarblePeerPolicy policy, TimeProvider timeProvider, ILogger logger)
    {
        PeerCheck check = CreateCheck(identity, policy, timeProvider, logger);
        return new SslClientAuthenticationOptions
        {
            ClientCertificateContext = identity.CertificateContext,
            EnabledSslProtocols = Protocols,
            AllowRenegotiation = false,
            CertificateChainPolicy = CreateInertPolicy(),
            RemoteCertificateValidationCallback = check.ValidateServer,
        };
    }

    /// <summary>
    /// The platform builds a chain before it asks the callback. Its answer is not used, because its chain may hold what the peer sent; this keeps
    /// it from the machine's trust store and the network.
    /// </summary>
    internal static X509ChainPolicy CreateInertPolicy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private static ILogger CreateLogger(IServiceProvider services) => Find<ILoggerFactory>(services).CreateLogger(typeof(MarbleTls).FullName!);

    private static T Find<T>(IServiceProvider services)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.GetService(typeof(T)) as T
            ?? throw new InvalidOperationException($"The services have no {typeof(T).Name}. Call builder.Services.AddMarble() first.");
    }

    private static PeerCheck CreateCheck(
        MarbleIdentity identity, MarblePeerPolicy policy, TimeProvider timeProvider, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentNullException.ThrowIfNull(logger);
        return new PeerCheck(identity.MarbleRoot, policy, timeProvider, logger);
    }
}
