using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Attestation;

/// <summary>The issuer that a Coordinator in simulation has by itself.</summary>
internal static class SimulatedIssuer
{
    public static IQuoteIssuer Of(IServiceProvider services)
    {
        SimulationPlatform platform = services.GetRequiredService<SimulationPlatform>();
        return platform.CreateIssuer(platform.MeasureRunningProcess());
    }
}
