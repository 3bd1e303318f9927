using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Hosting;

/// <summary>The simulation is found through a variable of the process, so that nothing may run beside this.</summary>
[CollectionDefinition(nameof(SimulationTests), DisableParallelization = true)]
[Collection(nameof(SimulationTests))]
public sealed class SimulationTests : IDisposable
{
    private const string FolderVariable = "MARBLERUN_SIMULATION_DIR";

    private readonly string _folder = Directory.CreateTempSubdirectory("marble").FullName;
    private readonly string? _before = Environment.GetEnvironmentVariable(FolderVariable);

    public SimulationTests()
    {
        Environment.SetEnvironmentVariable(FolderVariable, Path.Combine(_folder, "platform"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(FolderVariable, _before);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Activate_SimulationAskedFor_SendsAQuoteThatThePlatformAccepts()
    {
        using var authority = new TestAuthority();
        await using FakeCoordinator coordinator = await FakeCoordinator.StartAsync(authority);
        var options = new MarbleOptions
        {
            CoordinatorAddress = coordinator.Address,
            MarbleType = "frontend",
            UuidFile = Path.Combine(_folder, "uuid"),
            Simulation = true,
            CoordinatorTrust = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(authority.Root)),
        };
        using var logs = new RecordingLogs();

        await MarbleActivator.ActivateAsync(new MarbleActivatorOptions(options) { Logger = logs.CreateLogger("activation") }, Token);

        FakeActivation call = Assert.Single(coordinator.Calls);
        var platform = SimulationPlatform.Open();
        Verdict verdict = await platform.CreateVerifier().VerifyAsync(
            Quote.FromEvidence(call.Evidence),
            new QuoteExpectation
            {
                ReportData = ReportData.ForCertificate(call.ClientCertificate),
                Package = new PackageProperties { UniqueId = platform.MeasureRunningProcess().UniqueId },
            },
            Token);
        Assert.True(verdict.IsAccepted, verdict.ToString());
    }
}
