using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.State.Stores;

/// <summary>Where sealed state is kept.</summary>
internal static class StoresRegistration
{
    public static IServiceCollection AddStores(this IServiceCollection services)
    {
        services.TryAddSingleton<IFileOperations, FileOperations>();
        services.TryAddSingleton<IStateStore>(sp => new FileStateStore(
            sp.GetRequiredService<IOptions<CoordinatorOptions>>().Value.SealDirectory,
            sp.GetRequiredService<IFileOperations>(),
            sp.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>The generation guard that is registered, or that the options name; null without one.</summary>
    public static IGenerationGuard? FindGenerationGuard(this IServiceProvider services) =>
        services.GetService<IGenerationGuard>()
        ?? (services.GetRequiredService<IOptions<CoordinatorOptions>>().Value.GenerationGuardPath is { Length: > 0 } path
            ? new FileGenerationGuard(path, services.GetRequiredService<IFileOperations>())
            : null);
}
