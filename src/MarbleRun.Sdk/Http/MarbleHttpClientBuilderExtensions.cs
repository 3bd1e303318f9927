using MarbleRun.Hosting;
using MarbleRun.Http;
using MarbleRun.Identity;
using MarbleRun.Tls;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Configures clients of the HTTP client factory to call Marbles.</summary>
public static class MarbleHttpClientBuilderExtensions
{
    /// <summary>
    /// Configures this client, of HTTP or gRPC, to show this process's Marble certificate and to accept only Marbles. Replaces the client's
    /// primary handler.
    /// </summary>
    /// <param name="builder">What <c>AddHttpClient</c> or <c>AddGrpcClient</c> returned.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder UseMarbleIdentity(this IHttpClientBuilder builder) => builder.UseMarbleIdentity(static _ => { });

    /// <summary>
    /// Configures this client, of HTTP or gRPC, to show this process's Marble certificate and to accept only Marbles. Replaces the client's
    /// primary handler.
    /// </summary>
    /// <param name="builder">What <c>AddHttpClient</c> or <c>AddGrpcClient</c> returned.</param>
    /// <param name="configure">Specifies which Marbles may answer.</param>
    /// <returns>
    /// The same builder. Creating a client throws <see cref="InvalidOperationException"/> if <c>AddMarble()</c> was not called.
    /// </returns>
    public static IHttpClientBuilder UseMarbleIdentity(this IHttpClientBuilder builder, Action<MarbleTlsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new MarbleTlsOptions();
        configure(options);

        // The factory creates a handler every few minutes; one warning for each client is enough.
        int isWarned = 0;
        return builder.ConfigurePrimaryHttpMessageHandler(services =>
        {
            MarbleServices.ThrowIfMissing(services, nameof(UseMarbleIdentity));
            if (ReferenceEquals(options.PeerPolicy, MarblePeerPolicy.AnyMarble) && Interlocked.Exchange(ref isWarned, 1) == 0)
            {
                MarbleHttpHandler.WarnOfAnyMarble(
                    services.GetRequiredService<ILoggerFactory>().CreateLogger<MarbleHttpHandler>(), builder.Name);
            }

            return MarbleHttp.CreateHandler(services, options.PeerPolicy);
        });
    }
}
