using MarbleRun;
using MarbleRun.Activation;
using MarbleRun.Activation.Renewal;
using MarbleRun.Activation.Targets;
using MarbleRun.AspNetCore;
using MarbleRun.AspNetCore.Limits;
using MarbleRun.Hosting;
using MarbleRun.Identity;
using MarbleRun.Secrets;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes a service a Marble.</summary>
public static class MarbleServiceCollectionExtensions
{
    /// <summary>
    /// Activates this process at the Coordinator while the host starts, and gives its identity to every HTTPS endpoint. Options come from
    /// <c>EDG_MARBLE_…</c> variables and the configuration section <c>Marble</c> (see <see cref="MarbleOptions"/>). May be called more than
    /// once.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>A handle for further features.</returns>
    /// <remarks>
    /// After the host has started, the environment variables that the manifest sets are in the host's configuration, under their names with
    /// <c>__</c> as <c>:</c>, and override every other source: <c>app.Configuration["GREETING_KEY"]</c> in a request or in a service that
    /// starts. They are not there before the host starts: if registrations or <c>ValidateOnStart</c> need them, call <c>AddMarble()</c> of
    /// the host's builder instead, which activates immediately. The variables of the identity (<c>MARBLE_PREDEFINED_…</c>) are set only
    /// with <see cref="MarbleOptions.ExportIdentity"/>, and only in the environment, not in the configuration. If the manifest or a secret
    /// changes, a renewal of the identity brings the new values: files are written again, and the configuration is reloaded, so that
    /// <c>IOptionsMonitor</c> sees them; the environment of the process stays as it is. Hosts of the older <c>HostBuilder</c> raise no
    /// change notification, so an <c>IOptionsMonitor</c> that was read before keeps its value. A registered <see cref="IParameterTarget"/>
    /// receives files and variables instead of the process.
    /// </remarks>
    public static IMarbleBuilder AddMarble(this IServiceCollection services) => services.AddMarble(static _ => { });

    /// <summary>As <see cref="AddMarble(IServiceCollection)"/>, with options that override variables and configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets options.</param>
    /// <returns>A handle for further features.</returns>
    public static IMarbleBuilder AddMarble(this IServiceCollection services, Action<MarbleOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (!MarbleServices.AreIn(services))
        {
            StartFailures.Heed();
            AddCore(services);
            AddActivation(services);
        }

        services.Configure(configure);
        return new MarbleBuilder(services);
    }

    /// <summary>
    /// As <see cref="AddMarble(IServiceCollection)"/>, for a process that <see cref="MarbleActivator"/> has already activated. The
    /// configuration has the variables that the process had when it was read; renewals replace files and <see cref="MarbleSecrets"/> only.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="activation">The result of the activation.</param>
    /// <returns>A handle for further features.</returns>
    /// <exception cref="InvalidOperationException">Another call of AddMarble already provides the identity.</exception>
    public static IMarbleBuilder AddMarble(this IServiceCollection services, MarbleActivation activation)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(activation);
        if (MarbleServices.AreIn(services))
        {
            throw new InvalidOperationException(
                "AddMarble was called before. Call AddMarble(activation) first, or leave the activation to AddMarble().");
        }

        AddCore(services);
        var provider = new MarbleIdentityProvider();
        provider.Publish(activation.Identity);
        services.AddSingleton(provider);
        services.AddSingleton(activation.Secrets);
        services.AddSingleton(new HostActivation { Source = activation.Source, Coordinator = activation.Coordinator });
        services.PostConfigure<MarbleOptions>(o =>
        {
            o.MarbleType = activation.Identity.MarbleType;
            o.IsActivated = true;
        });
        return new MarbleBuilder(services);
    }

    private static void AddCore(IServiceCollection services)
    {
        services.AddSingleton(new MarbleServices());
        services.TryAddSingleton(TimeProvider.System);
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<IMarbleIdentityProvider>(s => s.GetRequiredService<MarbleIdentityProvider>());
        AddOptions(services);
        AddRenewal(services);
        AddHealth(services);
        AddKestrel(services);
        AddAuthorization(services);
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddOptions<MarbleOptions>().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<MarbleOptions>, MarbleOptionsSetup>();
        services.AddSingleton<IValidateOptions<MarbleOptions>, MarbleOptionsRules>();
    }

    /// <summary>It starts when the activation is over, because that happens before any service starts.</summary>
    private static void AddRenewal(IServiceCollection services)
    {
        services.AddSingleton<EarlyRenewal>();
        services.AddSingleton<RenewalStatus>();
        services.AddSingleton<IdentityMetrics>();
        services.AddSingleton<IHostedService, IdentityRenewalService>();
        services.AddSingleton<TrustMetrics>();
        services.AddSingleton<IHostedService, TrustListenerService>();
    }

    /// <summary>Registered before the activation, which may wait for long, while probes check whether the process is alive.</summary>
    private static void AddHealth(IServiceCollection services)
    {
        services.AddSingleton<CoordinatorReach>();
        services.AddSingleton<MarbleHealthCheck>();
        services.AddSingleton<HealthPort>();
        services.AddSingleton<IHostedService>(s => s.GetRequiredService<HealthPort>());
    }

    private static void AddActivation(IServiceCollection services)
    {
        services.AddSingleton<MarbleIdentityProvider>();
        services.AddSingleton<HostActivation>();
        services.AddSingleton(new MarbleSecrets());
        services.AddSingleton<IHostedService, MarbleActivationService>();
    }

    private static void AddKestrel(IServiceCollection services)
    {
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<HandshakeWatch>();
        services.AddSingleton<MarbleConnections>();
        services.AddSingleton<OpenEndpoints>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, OpenEndpointPolicy>());
        services.AddSingleton<IPostConfigureOptions<KestrelServerOptions>, MarbleKestrelSetup>();
        services.AddSingleton<IStartupFilter, MarbleStartupFilter>();
        MarbleGuard.Add(services);
        services.AddSingleton<MarbleEndpoints>();
        services.AddSingleton<IHostedService>(s => s.GetRequiredService<MarbleEndpoints>());
    }

    private static void AddAuthorization(IServiceCollection services)
    {
        // Not AddAuthentication(): it adds data protection, which writes keys to a folder of the host at each start.
        services.AddAuthenticationCore();
        services.AddWebEncoders();
        new AuthenticationBuilder(services)
            .AddScheme<MarbleAuthenticationOptions, MarbleAuthenticationHandler>(MarbleAuthentication.Scheme, configureOptions: null);

        // The policy cache requires the endpoints, which the host of a worker does not have.
        services.AddRoutingCore();
        services.AddAuthorization();
        services.AddSingleton<IAuthorizationHandler, MarbleTypeHandler>();
    }
}
