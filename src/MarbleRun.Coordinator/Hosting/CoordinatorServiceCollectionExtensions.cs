using MarbleRun.Attestation;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.AuditReading;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Counters;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.Peers.Watching;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.Renewal;
using MarbleRun.Coordinator.Revocation;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tee;
using MarbleRun.Coordinator.Updates;
using MarbleRun.Coordinator.Users;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a Coordinator to a host.</summary>
public static class CoordinatorServiceCollectionExtensions
{
    /// <summary>
    /// Adds a Coordinator, with its options from the configuration section <c>Coordinator</c>. A service that is registered before as
    /// <see cref="IQuoteIssuer"/>, <see cref="IQuoteVerifier"/>, <see cref="ISealingKeyProvider"/>, <see cref="IStateStore"/> or
    /// <see cref="TimeProvider"/> is used instead of the default.
    /// </summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddCoordinator(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services
            .AddCoordinatorOptions()
            .AddDiagnostics().AddLimits().AddTee().AddAttestation()
            .AddStores().AddSealing().AddPeers().AddState().AddUsers().AddAudit().AddAuditReading().AddAuthority().AddIdentities()
            .AddSecrets().AddManifests().AddUpdates().AddActivation().AddRenewal().AddRecovery().AddPeerWatch().AddCounters()
            .AddRevocation().AddClientApi().AddMeshPort().AddPorts();
    }
}
