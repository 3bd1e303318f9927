using MarbleRun.Coordinator.Http;

namespace MarbleRun.Coordinator.Counters;

/// <summary>The monotonic counters of Marbles.</summary>
internal static class CountersRegistration
{
    public static IServiceCollection AddCounters(this IServiceCollection services)
    {
        services.AddSingleton<CounterService>();
        services.AddSingleton<IApiEndpoints, CounterEndpoints>();
        return services;
    }
}
