using MarbleRun.Hosting;
using MarbleRun.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Http;

/// <summary>
/// Creates handlers that call Marbles without an HTTP client factory: for proxies (YARP), SDKs and clients that are created manually.
/// </summary>
public static class MarbleHttp
{
    /// <summary>
    /// Creates a handler that shows this process's Marble certificate and accepts only Marbles. It may be created before the activation, is
    /// safe to keep, and changes to a new identity automatically.
    /// </summary>
    /// <param name="services">The services of a host that called <c>AddMarble()</c>.</param>
    /// <param name="policy">
    /// The Marbles that may answer. Unless the policy has <see cref="MarblePeerPolicy.IdentifiesPeer"/>, their certificate must contain the
    /// host name.
    /// </param>
    /// <param name="configure">
    /// Changes the transport to each host, for each generation of the identity, for instance its time-outs; the TLS options are set after
    /// it runs.
    /// </param>
    /// <returns>The handler. A call before the activation throws <see cref="MarbleNotActivatedException"/>.</returns>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    public static HttpMessageHandler CreateHandler(
        IServiceProvider services, MarblePeerPolicy policy, Action<SocketsHttpHandler>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(policy);
        MarbleServices.ThrowIfMissing(services, nameof(CreateHandler));
        return new MarbleHttpHandler(
            services.GetRequiredService<IMarbleIdentityProvider>(),
            policy,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>().CreateLogger<MarbleHttpHandler>(),
            configure);
    }
}
