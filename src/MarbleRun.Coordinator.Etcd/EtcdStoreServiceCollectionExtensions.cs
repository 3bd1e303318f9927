using MarbleRun.Coordinator.Etcd;
using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps the state of a Coordinator in etcd.</summary>
public static class EtcdStoreServiceCollectionExtensions
{
    /// <summary>
    /// Keeps the state in etcd instead of the seal directory, with options from the configuration section
    /// <c>Coordinator:Store:Etcd</c>. It can be called before or after <c>AddCoordinator()</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes the options after the configuration was read.</param>
    public static IServiceCollection UseEtcdStore(
        this IServiceCollection services, Action<EtcdStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<EtcdStoreOptions> options =
            services.AddOptions<EtcdStoreOptions>().BindConfiguration(EtcdStoreOptions.SectionName).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EtcdStoreOptions>, EtcdStoreOptionsRules>());
        services.TryAddSingleton(sp => new EtcdStateStore(
            sp.GetRequiredService<IOptions<EtcdStoreOptions>>().Value,
            sp.GetRequiredService<ILogger<EtcdStateStore>>()));
        services.Replace(ServiceDescriptor.Singleton<IStateStore>(sp => sp.GetRequiredService<EtcdStateStore>()));
        services.Replace(ServiceDescriptor.Singleton<IAuditStore>(sp => sp.GetRequiredService<EtcdStateStore>().Audit));
        return services;
    }
}
