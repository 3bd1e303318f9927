using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.State.Changes;

/// <summary>The state and its one writer.</summary>
internal static class StateRegistration
{
    public static IServiceCollection AddState(this IServiceCollection services)
    {
        services.AddSingleton(sp => new StateRepository(
            sp.GetRequiredService<IStateStore>(),
            sp.GetRequiredService<KeySealer>(),
            sp.GetRequiredService<ILogger<StateRepository>>(),
            sp.FindGenerationGuard()));
        services.AddSingleton<CurrentState>();
        services.AddSingleton(sp => new Replica(sp.GetRequiredService<IStateStore>().IsShared
            ? sp.GetRequiredService<IOptions<CoordinatorOptions>>().Value.Store.ReplicaOrDefault
            : Replica.Single));
        services.AddSingleton<GenerationFloor>();
        services.AddSingleton<StateFreshness>();
        services.AddSingleton<IActivationObstacle>(sp => sp.GetRequiredService<StateFreshness>());
        services.AddSingleton<StateMetrics>();
        services.AddSingleton<IPresetMetrics>(sp => sp.GetRequiredService<StateMetrics>());
        services.AddSingleton<StateWriter>();
        services.AddSingleton<IActivationObstacle>(sp => sp.GetRequiredService<StateWriter>());
        services.AddSingleton<IActivationObstacle, AuthorityValidity>();
        services.AddSingleton<StateService>();
        services.AddSingleton<StateDurability>();
        return services;
    }
}
