using MarbleRun.Coordinator.Kubernetes;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps the state of a Coordinator in Secrets of Kubernetes.</summary>
public static class KubernetesStoreServiceCollectionExtensions
{
    /// <summary>
    /// Keeps the state in Secrets of Kubernetes instead of the seal directory, with options from the configuration section
    /// <c>Coordinator:Store:Kubernetes</c>. It can be called before or after <c>AddCoordinator()</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes the options after the configuration was read.</param>
    public static IServiceCollection UseKubernetesStore(
        this IServiceCollection services, Action<KubernetesStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<KubernetesStoreOptions> options =
            services.AddOptions<KubernetesStoreOptions>().BindConfiguration(KubernetesStoreOptions.SectionName).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KubernetesStoreOptions>, KubernetesStoreOptionsRules>());
        services.RemoveAll<IAuditStore>();
        services.Replace(ServiceDescriptor.Singleton<IStateStore>(sp => new KubernetesStateStore(
            sp.GetRequiredService<IOptions<KubernetesStoreOptions>>().Value,
            sp.GetRequiredService<ILogger<KubernetesStateStore>>())));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPeerDiscovery, KubernetesPeers>());
        return services;
    }
}
