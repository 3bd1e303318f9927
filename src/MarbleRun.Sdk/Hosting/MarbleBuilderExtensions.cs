using MarbleRun;
using MarbleRun.Hosting;
using MarbleRun.Tls;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds to a Marble what most services need: <c>builder.Services.AddMarble().AddHealthCheck()</c>.</summary>
public static class MarbleBuilderExtensions
{
    /// <summary>
    /// Sets more options of the Marble. Options that the activation uses have an effect only if it has not run yet: with
    /// <c>builder.AddMarble()</c>, which activates immediately, pass them to that call.
    /// </summary>
    /// <param name="builder">The result of <c>AddMarble()</c>.</param>
    /// <param name="configure">Sets options; they override variables, configuration and earlier calls.</param>
    /// <returns>The same builder.</returns>
    public static IMarbleBuilder Configure(this IMarbleBuilder builder, Action<MarbleOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.Configure(configure);
        return builder;
    }

    /// <summary>
    /// Adds the health check of the Marble, as <see cref="MarbleHealthChecksBuilderExtensions.AddMarble"/> does, and the health checks of
    /// the host if they are missing.
    /// </summary>
    /// <param name="builder">The result of <c>AddMarble()</c>.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">The status to report when the check fails; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags to filter by.</param>
    /// <returns>The same builder.</returns>
    public static IMarbleBuilder AddHealthCheck(
        this IMarbleBuilder builder, string name = "marble", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHealthChecks().AddMarble(name, failureStatus, tags);
        return builder;
    }

    /// <summary>
    /// Uses the identity of the Marble for every client of the HTTP client factory that does not set its own primary handler, as
    /// <see cref="MarbleHttpClientBuilderExtensions.UseMarbleIdentity(IHttpClientBuilder, Action{MarbleTlsOptions})"/> does for one client.
    /// For services that call only Marbles: clients of other servers then fail, unless they set a primary handler.
    /// </summary>
    /// <param name="builder">The result of <c>AddMarble()</c>.</param>
    /// <param name="configure">Specifies which Marbles may answer.</param>
    /// <returns>The same builder.</returns>
    public static IMarbleBuilder UseForAllHttpClients(this IMarbleBuilder builder, Action<MarbleTlsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.ConfigureHttpClientDefaults(client => client.UseMarbleIdentity(configure));
        return builder;
    }
}
