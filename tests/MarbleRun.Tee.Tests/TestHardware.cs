using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Sealing;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Tee.Tests;

/// <summary>The Coordinator's own platform, outside simulation: evidence and a sealing key that this machine cannot give.</summary>
internal sealed class TestHardware : ISealingKeyProvider
{
    public string Mode => "hardware";

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<IQuoteIssuer>(sp =>
        {
            SimulationPlatform platform = sp.GetRequiredService<SimulationPlatform>();
            return platform.CreateIssuer(platform.MeasureRunningProcess());
        });
        services.AddSingleton<ISealingKeyProvider, TestHardware>();
    }

    public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new SealingKey([.. Enumerable.Repeat((byte)policy, SealingKey.Size)]));
}
