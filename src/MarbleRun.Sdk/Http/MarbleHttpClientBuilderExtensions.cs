using MarbleRun.Hosting;
using MarbleRun.Http;
using MarbleRun.Identity;
using MarbleRun.Tls;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets clients of the HTTP client factory call Marbles.</summary>
public static class MarbleHttpClientBuilderExtensions
{
    /// <summary>
    /// Makes this client, of HTTP or gRPC, show this process's Marble certificate and accept nothing but Marbles. Replaces the client's primary handler.
    /// </summary>
    /// <param name="builder">What <c>AddHttpClient</c> or <c>AddGrpcClient</c> returned.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder UseMarbleIdentity(this IHttpClientBuilder builder) => builder.UseMarbleIdentity(static _ => { });

    /// <summary>
    /// Makes this client, of HTTP or gRPC, show this process's Marble certificate and accept nothing but Marbles. Replaces the client's primary handler.
    /// </summary>
    /// <param name="builder">What <c>AddHttpClient</c> or <c>AddGrpcClient</c> returned.</param>
    /// <param name="configure">Says which Marbles may answer.</param>
    /// <returns>The same builder. Making a client throws <see cref="InvalidOperationException"/> if <c>AddMarble()</c> was not called.</returns>
    public static IHttpClientBuilder UseMarbleIdentity(this IHttpClientBuilder builder, Action<MarbleTlsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new MarbleTlsOptions();
        configure(options);

        // The factory makes a handler every few minutes; one warning for each client is enough.
        int isWarned = 0;
        return builder.ConfigurePrimaryHttpMessageHandler(services =>
        {
            MarbleServices.ThrowIfMissing(services, nameof(UseMarbleIdentity));
            if (ReferenceEquals(options.PeerPolicy, MarblePeerPolicy.AnyMarble) && Interlocked.Exchange(ref isWarned, 1) == 0)
            {
                MarbleHttpHandler.WarnOfAnyMarble(services.GetRequiredService<ILoggerFactory>().CreateLogger<MarbleHttpHandler>(), builder.Name);
            }

            return MarbleHttp.CreateHandler(services, options.PeerPolicy);
        });
    }
}
