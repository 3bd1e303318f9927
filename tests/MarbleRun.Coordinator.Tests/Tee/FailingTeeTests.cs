using System.Net;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Tee;

/// <summary>The platform fails at the start, or in the middle of a change.</summary>
[Collection(FakeTee.Tests)]
[Trait("Security", "F4")]
public sealed class FailingTeeTests
{
    /// <remarks>A failure that may pass must not look like another machine: in recovery the operator would give the state up.</remarks>
    [Theory]
    [InlineData("Gramine", 'o', 5)]
    [InlineData("Gramine", 'o', 13)]
    [InlineData("Occlum", 'i', 5)]
    [InlineData("Mystikos", 's', 5)]
    [InlineData("Snp", 'i', 5)]
    [InlineData("Snp", 'i', 110)]
    public async Task Start_KeyThatIsNotDerived_IsRefusedAndTheNextStartContinues(string world, char call, int error)
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(Enum.Parse<FakeTee.World>(world));
        byte[] root = machine.Root;
        byte[] key = File.ReadAllBytes(machine.KeyPath);
        await machine.StopAsync();
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world), failing: call, error: error);

        MarbleRunException exception = await Assert.ThrowsAnyAsync<MarbleRunException>(
            () => machine.StartHostAsync(settings: ("Simulation", "false")));

        Assert.False(exception is UnsealableKeyException);
        Assert.Equal(key, File.ReadAllBytes(machine.KeyPath));
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world));
        await machine.StartHostAsync(settings: ("Simulation", "false"));
        Assert.Equal((3, Convert.ToHexString(root)), (await machine.GetStatusAsync(), Convert.ToHexString(machine.Root)));
    }

    [Theory]
    [InlineData("Occlum", 'i')]
    [InlineData("Gramine", 'o')]
    [InlineData("Snp", 'i')]
    public async Task Set_PlatformThatFailsMeanwhile_ChangesNothingAndTheNextOneIsTaken(string world, char call)
    {
        await using TeeMachine machine = await TeeMachine.StartAsync(Enum.Parse<FakeTee.World>(world));
        byte[] root = machine.Root;
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world), failing: call, error: 5);

        (HttpStatusCode got, string body) = await machine.SetManifestAsync();

        Assert.Equal((HttpStatusCode.InternalServerError, 2), (got, await machine.GetStatusAsync()));
        Assert.DoesNotContain("/dev/", body, StringComparison.Ordinal);
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world));
        Assert.Equal(HttpStatusCode.OK, (await machine.SetManifestAsync()).Status);
        await machine.RestartAsync();
        Assert.Equal((3, Convert.ToHexString(root)), (await machine.GetStatusAsync(), Convert.ToHexString(machine.Root)));
    }
}
