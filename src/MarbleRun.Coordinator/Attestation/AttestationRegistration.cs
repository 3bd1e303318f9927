using MarbleRun.Attestation;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.Tee;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>Evidence: the Coordinator's own, and the verification of others'.</summary>
internal static class AttestationRegistration
{
    public static IServiceCollection AddAttestation(this IServiceCollection services)
    {
        services.TryAddSingleton(sp => SimulationPlatform.Open(timeProvider: sp.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(DcapTrustAnchor.IntelSgx);
        services.TryAddSingleton(SnpTrustAnchor.Amd);
        services.AddSingleton(CreateCollateralSources);
        services.TryAddSingleton<IQuoteVerifier>(sp => sp.IsSimulation() ? CreateSimulatedVerifier(sp) : CreateVerifier(sp));
        services.TryAddSingleton<IQuoteIssuer>(sp =>
            sp.IsSimulation() ? CreateSimulatedIssuer(sp) : new TeeIssuer(sp.GetRequiredService<CoordinatorTee>()));
        services.AddSingleton<QuoteGate>();
        services.AddSingleton(sp => new SimulatedEvidenceCheck(sp.IsSimulation() ? sp.GetRequiredService<SimulationPlatform>() : null));
        services.AddSingleton<QuoteService>();
        services.AddSingleton<IApiEndpoints, QuoteEndpoints>();
        services.AddSingleton<QuoteSigning>();
        services.AddSingleton<IApiEndpoints, QuoteSigningEndpoints>();
        services.AddSingleton<MeshAttestation>();
        return services;
    }

    private static CollateralSources CreateCollateralSources(IServiceProvider services) => new(
        services.GetRequiredService<IOptions<CoordinatorOptions>>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<CurrentCaller>(),
        services.IsSimulation()
            ? services.GetRequiredService<SimulationPlatform>().TrustAnchor
            : services.GetRequiredService<DcapTrustAnchor>(),
        services.GetRequiredService<SnpTrustAnchor>());

    private static EvidenceVerifier CreateVerifier(IServiceProvider services) => EvidenceVerifier.ForRoots(
        services.GetRequiredService<DcapTrustAnchor>(),
        services.GetRequiredService<SnpTrustAnchor>(),
        services.GetRequiredService<CollateralSources>().Provider,
        services.GetRequiredService<TimeProvider>());

    /// <summary>
    /// Trusts the development root alone. Software needs no collateral; if a source is to be asked, all of it is needed, as on hardware.
    /// </summary>
    private static EvidenceVerifier CreateSimulatedVerifier(IServiceProvider services)
    {
        SimulationPlatform platform = services.GetRequiredService<SimulationPlatform>();
        IQuoteVerifier dcap = services.GetRequiredService<CollateralSources>().Provider is { } provider
            ? new DcapQuoteVerifier(platform.TrustAnchor, provider, services.GetRequiredService<TimeProvider>())
            : platform.CreateVerifier();
        return new EvidenceVerifier(dcap, snp: null);
    }

    private static IQuoteIssuer CreateSimulatedIssuer(IServiceProvider services)
    {
        SimulationPlatform platform = services.GetRequiredService<SimulationPlatform>();
        return platform.CreateIssuer(platform.MeasureRunningProcess());
    }
}
