using MarbleRun.Http;
using MarbleRun.Management;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers clients of Coordinators.</summary>
public static class CoordinatorClientServiceCollectionExtensions
{
    /// <summary>The name of the HTTP client of the Coordinator client without a name.</summary>
    private const string ClientName = "MarbleRun.Coordinator";

    /// <summary>
    /// Registers <see cref="ICoordinatorClient"/>. The Coordinator is verified before the first call; if it is not as expected, the call
    /// throws <see cref="CoordinatorVerificationException"/>, and the next one verifies again. All connections are pinned to the verified
    /// Coordinator.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets address and expected values; the host validates them when it starts.</param>
    /// <returns>
    /// The builder of the HTTP client, for instance to add handlers. Do not replace its primary handler, which pins the connections.
    /// </returns>
    public static IHttpClientBuilder AddCoordinatorClient(
        this IServiceCollection services, Action<CoordinatorClientOptions> configure)
    {
        IHttpClientBuilder builder = AddNamed(services, Options.Options.DefaultName, ClientName, configure);
        services.AddTransient<ICoordinatorClient>(provider => Create(provider, ClientName));
        return builder;
    }

    /// <summary>
    /// As <see cref="AddCoordinatorClient(IServiceCollection, Action{CoordinatorClientOptions})"/>, for one of several Coordinators or
    /// users: registers a keyed <see cref="ICoordinatorClient"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the client: the key of the service, and the name of the options.</param>
    /// <param name="configure">Sets address and expected values; the host validates them when it starts.</param>
    /// <returns>The builder of the HTTP client.</returns>
    public static IHttpClientBuilder AddCoordinatorClient(
        this IServiceCollection services, string name, Action<CoordinatorClientOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string clientName = $"{ClientName}.{name}";
        IHttpClientBuilder builder = AddNamed(services, name, clientName, configure);
        services.AddKeyedTransient<ICoordinatorClient>(name, (provider, _) => Create(provider, clientName));
        return builder;
    }

    private static IHttpClientBuilder AddNamed(
        IServiceCollection services, string name, string clientName, Action<CoordinatorClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<CoordinatorClientOptions>(name).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<CoordinatorClientOptions>, CoordinatorClientOptionsRules>());
        services.TryAddKeyedSingleton(clientName, (provider, _) => new CoordinatorPin(
            name, provider.GetRequiredService<IOptionsMonitor<CoordinatorClientOptions>>()));
        return services.AddHttpClient(clientName).ConfigurePrimaryHttpMessageHandler(provider =>
        {
            CoordinatorPin pin = provider.GetRequiredKeyedService<CoordinatorPin>(clientName);
            return CoordinatorConnection.CreateHandler(new CoordinatorPeer(pin.Verified.Root.RawData), pin.Options.User);
        });
    }

    private static PinnedCoordinatorClient Create(IServiceProvider services, string clientName) => new(
        services.GetRequiredKeyedService<CoordinatorPin>(clientName), services.GetRequiredService<IHttpClientFactory>(), clientName);
}
