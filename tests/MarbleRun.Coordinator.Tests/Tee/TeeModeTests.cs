using MarbleRun.Attestation;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Tee;

/// <summary>Which trusted execution environment a Coordinator uses, and how it reports that it can use none.</summary>
[Collection(FakeTee.Tests)]
public sealed class TeeModeTests : CoordinatorTest
{
    public override ValueTask DisposeAsync()
    {
        FakeTee.Leave();
        return base.DisposeAsync();
    }

    [Fact]
    public async Task Start_BackendThatIsNotThere_IsRefusedAndTheOthersAreNotTried()
    {
        FakeTee.Enter(FakeTee.World.Tdx);

        AttestationException exception = await Assert.ThrowsAsync<AttestationException>(
            () => StartAsync(settings: [("Simulation", "false"), ("TeeBackend", "Gramine")]));

        Assert.Equal(AttestationFailure.PlatformUnavailable, exception.Failure);
        Assert.Contains("Coordinator:TeeBackend, Gramine", exception.Message, StringComparison.Ordinal);
        Assert.Contains("/dev/attestation/attestation_type", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99", "false", "must be Automatic, Gramine, Occlum, Mystikos, ConfigFsTsm or SevGuest")]
    [InlineData("ConfigFsTsm", "true", "but simulation is on")]
    public async Task Start_BackendThatContradicts_IsAWrongOption(string backend, string simulation, string reason)
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(settings: [("Simulation", simulation), ("TeeBackend", backend)]));

        Assert.Contains(reason, Assert.Single(exception.Failures), StringComparison.Ordinal);
    }

    /// <remarks>Of configfs-tsm: only root may make a folder there.</remarks>
    [Fact]
    public async Task Start_EnvironmentThatMayNotBeUsed_SaysSoInItsOwnWordsAndDoesNotSimulate()
    {
        FakeTee.Enter(FakeTee.World.Snp, failing: 'm', error: 13);

        AttestationException exception = await Assert.ThrowsAsync<AttestationException>(
            () => StartAsync(settings: ("Simulation", "false")));

        Assert.Contains("CAP_DAC_OVERRIDE", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("--simulation", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder.File("simulation")));
    }

    /// <remarks>The host can make every quote call fail; it must not choose the mode by that.</remarks>
    [Theory]
    [InlineData("Tdx", "/sys/kernel/config/tsm/report/")]
    [InlineData("Gramine", "/dev/attestation/user_report_data")]
    [Trait("Security", "B10")]
    [Trait("Security", "G8")]
    public async Task Start_QuoteThatFails_IsRefusedAndNeverSimulation(string world, string words)
    {
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world), failing: 'w', error: 5);

        AttestationException exception = await Assert.ThrowsAsync<AttestationException>(
            () => StartAsync(settings: ("Simulation", "false")));

        Assert.Equal(AttestationFailure.IssuanceFailed, exception.Failure);
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder.File("simulation")));
    }
}
