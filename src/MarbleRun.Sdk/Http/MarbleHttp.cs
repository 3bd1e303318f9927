using MarbleRun.Hosting;
using MarbleRun.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Http;

/// <summary>Makes what calls Marbles where no HTTP client factory does: for proxies (YARP), SDKs and clients that are made by hand.</summary>
public static class MarbleHttp
{
    /// <summary>
    /// A handler that shows this process's Marble certificate and accepts nothing but Marbles. It may be made before the activation, is safe to keep, and changes to a
    /// new identity by itself.
    /// </summary>
    /// <param name="services">The services of a host that called <c>AddMarble()</c>.</param>
    /// <param name="policy">
    /// Which Marbles may answer. Unless it <see cref="MarblePeerPolicy.IdentifiesPeer"/>, the host name must be in their certificate.
    /// </param>
    /// <param name="configure">Changes the transport of each generation of the identity, for instance its time-outs; its TLS options are set after this.</param>
    /// <returns>The handler. A call before the activation throws <see cref="MarbleNotActivatedException"/>.</returns>
    /// <exception cref="InvalidOperationException"><c>AddMarble()</c> was not called.</exception>
    public static HttpMessageHandler CreateHandler(IServiceProvider services, MarblePeerPolicy policy, Action<SocketsHttpHandler>? configure = null)
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
