using MarbleRun.Coordinator.Recovery;

namespace MarbleRun.Coordinator.Peers.Watching;

/// <summary>What is known of the other Coordinators.</summary>
internal static class WatchingRegistration
{
    public static IServiceCollection AddPeerWatch(this IServiceCollection services)
    {
        services.AddSingleton<PeerProbe>();
        services.AddSingleton<IReadyPeers, ReadyPeers>();
        services.AddSingleton<PeerGenerations>();
        services.AddSingleton<PeerWatch>();
        services.AddHostedService(sp => sp.GetRequiredService<PeerWatch>());
        return services;
    }
}
