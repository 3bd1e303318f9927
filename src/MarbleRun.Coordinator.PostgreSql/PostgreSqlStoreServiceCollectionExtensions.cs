using MarbleRun.Coordinator.PostgreSql;
using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps the state of a Coordinator in PostgreSQL.</summary>
public static class PostgreSqlStoreServiceCollectionExtensions
{
    /// <summary>
    /// Keeps the state in PostgreSQL instead of the seal directory, with options from the configuration section
    /// <c>Coordinator:Store:PostgreSql</c>. It can be called before or after <c>AddCoordinator()</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes the options after the configuration was read.</param>
    public static IServiceCollection UsePostgreSqlStore(
        this IServiceCollection services, Action<PostgreSqlStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<PostgreSqlStoreOptions> options =
            services.AddOptions<PostgreSqlStoreOptions>().BindConfiguration(PostgreSqlStoreOptions.SectionName).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgreSqlStoreOptions>, PostgreSqlStoreOptionsRules>());
        services.TryAddSingleton(sp => new PostgreSqlStateStore(
            sp.GetRequiredService<IOptions<PostgreSqlStoreOptions>>().Value,
            sp.GetRequiredService<ILogger<PostgreSqlStateStore>>()));
        services.Replace(ServiceDescriptor.Singleton<IStateStore>(sp => sp.GetRequiredService<PostgreSqlStateStore>()));
        services.Replace(ServiceDescriptor.Singleton<IAuditStore>(sp => sp.GetRequiredService<PostgreSqlStateStore>().Audit));
        return services;
    }
}
