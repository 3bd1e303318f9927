using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>Simulation is asked for, never slipped into.</summary>
[Collection(FakeTee.Tests)]
public sealed class ModeTests : CoordinatorTest
{
    [Fact]
    public async Task Start_OutsideSimulationWithoutAPlatform_FailsWithAMessage()
    {
        MarbleRunException exception = await Assert.ThrowsAnyAsync<MarbleRunException>(
            () => StartAsync(settings: ("Simulation", "false")));

        Assert.Contains("does not run in a trusted execution environment", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--simulation", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OutsideSimulationWithStateOfSimulation_IsRefusedAndSaysSo()
    {
        await (await StartAsync()).DisposeAsync();

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(
            () => StartAsync(FakeHardware.Add, ("Simulation", "false")));

        Assert.Contains(
            "was sealed in mode 'simulation', but this Coordinator runs in mode 'hardware'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_InSimulationWithStateOfHardware_IsRefusedAndSaysSo()
    {
        await (await StartAsync(FakeHardware.Add, ("Simulation", "false"))).DisposeAsync();

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(() => StartAsync());

        Assert.Contains(
            "was sealed in mode 'hardware', but this Coordinator runs in mode 'simulation'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [Trait("Security", "G9")]
    public async Task Start_OutsideSimulation_WarnsUnlessTheRuntimesDiagnosticsAreOff(string? variable, bool warns)
    {
        CoordinatorHost host = await StartAsync(
            services =>
            {
                FakeHardware.Add(services);
                services.AddSingleton<IConfigureOptions<CoordinatorOptions>>(sp => new ConfigureOptions<CoordinatorOptions>(
                    _ => sp.GetRequiredService<IConfiguration>()["DOTNET_EnableDiagnostics"] = variable));
            },
            ("Simulation", "false"));

        Assert.Equal(warns, host.Logs.Entries.Any(e => e.Contains("DiagnosticsOn", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Security", "B10")]
    public async Task Activate_SimulatedQuoteOutsideSimulation_IsRefusedAndSaysSo()
    {
        CoordinatorHost host = await StartAsync(FakeHardware.Add, ("Simulation", "false"));
        await TestManifest.SetAsync(host);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(host, "web"));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.StartsWith("marble verification failed: invalid quote: chain.root: ", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(
            host.Logs.Entries,
            e => e.Contains("simulation", StringComparison.OrdinalIgnoreCase) && e.Contains("QuoteRefused", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("false", "false")]
    [InlineData("true", "true")]
    public async Task Activate_EmptyQuoteOutsideSimulationOrWhenRequired_IsRefused(string simulation, string requireQuote)
    {
        CoordinatorHost host = await StartAsync(
            simulation == "true" ? null : FakeHardware.Add, ("Simulation", simulation), ("RequireQuote", requireQuote));
        await TestManifest.SetAsync(host);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(
            () => MeshClient.ActivateAsync(host, "web", r => r.Quote = ByteString.Empty));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.Equal("marble verification failed: invalid quote: empty report", refusal.Status.Detail);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Security", "B10")]
    [Trait("Security", "G8")]
    public async Task Start_SimulationThatTheHostSwitchesOnOverAnotherPlatform_IsRefused(bool requireQuote)
    {
        // The program knows a platform. The host says simulation: the Coordinator would admit what the host's development root signed, and
        // Marbles without a quote, while its own evidence satisfies every user and Marble that trusts that platform.
        SimulationPlatform hardware = SimulationPlatform.Open(Folder.File("hardware"));

        AttestationException exception = await Assert.ThrowsAsync<AttestationException>(() => StartAsync(
            services => services.AddSingleton(hardware.CreateIssuer(hardware.MeasureRunningProcess())),
            ("Simulation", "true"),
            ("RequireQuote", requireQuote ? "true" : "false")));

        Assert.Contains("only the simulation admits", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_InSimulation_WarnsEachTime()
    {
        CoordinatorHost host = await StartAsync();

        Assert.Contains(
            host.Logs.Entries,
            e => e.StartsWith("Warning", StringComparison.Ordinal) && e.Contains("SIMULATION", StringComparison.Ordinal));
    }

    [Fact]
    [Case("state-and-sealing", "A restart before the manifest keeps the root, unlike the reference")]
    public async Task Start_Again_ContinuesWithTheSameRoot()
    {
        string root;
        await using (CoordinatorHost first = await StartAsync())
        {
            root = await RootAsync(first);
        }

        CoordinatorHost second = await StartAsync();

        Assert.Equal(root, await RootAsync(second));
    }

    private static async Task<string> RootAsync(CoordinatorHost host)
    {
        using HttpClient client = host.CreateClient();
        using JsonDocument reply = JsonDocument.Parse(await client.GetStringAsync(new Uri("/quote", UriKind.Relative), Cancellation));
        return reply.RootElement.GetProperty("data").GetProperty("Cert").GetString()!;
    }
}
