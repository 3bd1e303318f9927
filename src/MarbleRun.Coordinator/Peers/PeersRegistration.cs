using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Updates;

namespace MarbleRun.Coordinator.Peers;

/// <summary>The other Coordinators of the deployment.</summary>
internal static class PeersRegistration
{
    public static IServiceCollection AddPeers(this IServiceCollection services)
    {
        services.AddSingleton<PeerIdentity>();
        services.AddSingleton<PeerNonces>();
        services.AddSingleton<PeerAddresses>();
        services.AddSingleton<PeerMetrics>();
        services.AddSingleton<PeerJournal>();
        services.AddSingleton<PeerAudit>();
        services.AddSingleton(sp => new OwnCodeReader(
            sp.GetRequiredService<QuoteGate>(), sp.GetRequiredService<VerificationGate>(), sp.IsSimulation()));
        services.AddSingleton(sp => new PeerJudge(
            sp.GetRequiredService<VerificationGate>(), sp.GetRequiredService<OwnCodeReader>(), sp.IsSimulation()));
        services.AddSingleton<IKeySource, KeyRequester>();
        services.AddSingleton<IOwnAdmission, OwnAdmission>();
        services.AddSingleton<KeyHolder>();
        services.AddSingleton<StatusSigner>();
        return services;
    }
}
