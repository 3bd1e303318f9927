using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Sealing;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests;

/// <summary>A platform as hardware would give it: a quote of somebody, a sealing key; but verification stays the product's own.</summary>
internal static class FakeHardware
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<IQuoteIssuer>(sp =>
        {
            SimulationPlatform platform = sp.GetRequiredService<SimulationPlatform>();
            return platform.CreateIssuer(platform.MeasureRunningProcess());
        });
        services.AddSingleton<ISealingKeyProvider, HardwareKey>();
    }

    private sealed class HardwareKey : ISealingKeyProvider
    {
        public string Mode => "hardware";

        public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new SealingKey([.. Enumerable.Repeat((byte)policy, SealingKey.Size)]));
    }
}
