using System.Net;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Tee;

/// <summary>What of a mesh is there after a restart, in each environment, and what the Coordinator says of it before.</summary>
[Collection(FakeTee.Tests)]
public sealed class TeeRestartTests
{
    [Theory]
    [InlineData("Gramine", "", 2)]
    [InlineData("Gramine", "UniqueKey", 1)]
    [InlineData("Occlum", "ProductKey", 2)]
    [InlineData("Occlum", "UniqueKey", 1)]
    [InlineData("Mystikos", "", 2)]
    [InlineData("Mystikos", "UniqueKey", 1)]
    [InlineData("Snp", "UniqueKey", 1)]
    [InlineData("SevGuest", "UniqueKey", 1)]
    [Trait("Security", "F3")]
    public async Task Restart_OnTheSameMachine_ContinuesTheMesh(string world, string sealMode, byte policy)
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(World(world), sealMode);
        byte[] root = machine.Root;
        Assert.Equal(policy, File.ReadAllBytes(machine.KeyPath)[10]);

        await machine.RestartAsync();

        Assert.Equal(3, await machine.GetStatusAsync());
        Assert.Equal(root, machine.Root);
    }

    [Theory]
    [InlineData("Gramine")]
    [InlineData("Occlum")]
    [InlineData("Mystikos")]
    [InlineData("Snp")]
    public async Task Restart_BeforeTheManifest_ContinuesTheMesh(string world)
    {
        await using TeeMachine machine = await TeeMachine.StartAsync(World(world));
        byte[] root = machine.Root;

        await machine.RestartAsync();

        Assert.Equal(root, machine.Root);
        Assert.Equal((HttpStatusCode.OK, 3), ((await machine.SetManifestAsync()).Status, await machine.GetStatusAsync()));
    }

    [Theory]
    [InlineData("Gramine")]
    [InlineData("Occlum")]
    [InlineData("Mystikos")]
    [InlineData("Snp")]
    [Trait("Security", "F3")]
    [Trait("Security", "F8")]
    public async Task Restart_OnAnotherMachine_IsRecoveryAndTheStateIsSealedThereAgain(string world)
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(World(world));
        byte[] root = machine.Root;

        await machine.RestartAsync(() => Enter(world, machine: 1));
        Assert.Equal(1, await machine.GetStatusAsync());
        Assert.Contains("of another machine", machine.FindLog("StateLocked"), StringComparison.Ordinal);
        await machine.RecoverAsync();
        Assert.Equal(root, machine.Root);
        await machine.RestartAsync();
        Assert.Equal(3, await machine.GetStatusAsync());

        await machine.RestartAsync(() => Enter(world));
        Assert.Equal(1, await machine.GetStatusAsync());
    }

    [Theory]
    [InlineData("Gramine", "", 3)]
    [InlineData("Gramine", "UniqueKey", 1)]
    [InlineData("Occlum", "", 3)]
    [InlineData("Occlum", "UniqueKey", 1)]
    [InlineData("Mystikos", "", 3)]
    [InlineData("Mystikos", "UniqueKey", 1)]
    [InlineData("Snp", "", 1)]
    [InlineData("Snp", "UniqueKey", 1)]
    [Trait("Security", "F6")]
    public async Task Restart_AsOtherCodeOfTheSigner_FollowsTheSealModeAndThePlatform(string world, string sealMode, int status)
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(World(world), sealMode);

        await machine.RestartAsync(() => Enter(world, code: 1));

        Assert.Equal(status, await machine.GetStatusAsync());
    }

    /// <remarks>Where keys have an identifier, it contains the version of the microcode that the key was made with.</remarks>
    [Theory]
    [InlineData("Occlum", 3)]
    [InlineData("Mystikos", 3)]
    [InlineData("Gramine", 1)]
    [InlineData("Snp", 3)]
    public async Task Restart_AfterAnUpdateOfTheMicrocode_OpensWhereKeysHaveAnIdentifier(string world, int status)
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(World(world));
        Assert.Equal(
            world == "Gramine", machine.FindLog("StateProtectionDescribed").Contains("update of its microcode", StringComparison.Ordinal));

        await machine.RestartAsync(() => Enter(world, cpuSvn: 0x30));

        Assert.Equal(status, await machine.GetStatusAsync());
        if (status == 1)
        {
            await machine.RecoverAsync();
            await machine.RestartAsync();
            Assert.Equal(3, await machine.GetStatusAsync());
        }
    }

    /// <remarks>The processor does not derive keys of newer microcode; whether it failed or refused, it says with the same error.</remarks>
    [Theory]
    [InlineData("Occlum")]
    [InlineData("Mystikos")]
    public async Task Restart_AfterADowngradeOfTheMicrocode_IsRecoveryAndSaysWhy(string world)
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(World(world));

        await machine.RestartAsync(() => Enter(world, cpuSvn: 0x10));

        Assert.Equal(1, await machine.GetStatusAsync());
        Assert.Contains("newer microcode", machine.FindLog("StateLocked"), StringComparison.Ordinal);
        await machine.RecoverAsync();
        await machine.RestartAsync();
        Assert.Equal(3, await machine.GetStatusAsync());
    }

    [Theory]
    [InlineData("Gramine", "Occlum")]
    [InlineData("Occlum", "Mystikos")]
    [InlineData("Snp", "Gramine")]
    [InlineData("Gramine", "Tdx")]
    [Trait("Security", "F8")]
    public async Task Restart_InAnotherEnvironment_IsRecoveredThere(string world, string next)
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(World(world));
        byte[] root = machine.Root;

        await machine.RestartAsync(() => Enter(next));
        Assert.Equal(1, await machine.GetStatusAsync());
        await machine.RecoverAsync();

        Assert.Equal((3, Convert.ToHexString(root)), (await machine.GetStatusAsync(), Convert.ToHexString(machine.Root)));
    }

    [Theory]
    [InlineData("Gramine")]
    [InlineData("Occlum")]
    [InlineData("Mystikos")]
    [InlineData("Snp")]
    [InlineData("Tdx")]
    public async Task Restart_InSimulation_DoesNotOpenStateOfAnEnvironmentAndTheReverse(string world)
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(World(world));
        await machine.StopAsync();

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(() => machine.StartHostAsync());
        Assert.Contains("was sealed in mode 'hardware'", exception.Message, StringComparison.Ordinal);

        Directory.Delete(machine.Folder.File("seal"), recursive: true);
        await machine.StartHostAsync();
        await machine.StopAsync();
        exception = await Assert.ThrowsAsync<SealedStateException>(() => machine.StartHostAsync(settings: ("Simulation", "false")));
        Assert.Contains("was sealed in mode 'simulation'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfAChipBoundKey_SaysWhatIsLostAndWhoBringsItBack()
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(FakeTee.World.Snp);
        Assert.Contains("no product key", machine.FindLog("ManifestWarning"), StringComparison.Ordinal);

        await machine.RestartAsync();

        string log = machine.FindLog("StateProtectionDescribed");
        Assert.Contains("bound to this chip", log, StringComparison.Ordinal);
        Assert.Contains("2 of 2 recovery parties", log, StringComparison.Ordinal);
        Assert.Contains((await machine.GetSealingAsync())!, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfAChipBoundKeyWithoutRecoveryKeys_Warns()
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(FakeTee.World.Snp, "UniqueKey", parties: 0);
        Assert.Contains("no recovery keys", machine.FindLog("ManifestWarning"), StringComparison.Ordinal);

        await machine.RestartAsync();

        Assert.Equal(3, await machine.GetStatusAsync());
        Assert.Contains("nothing brings the state back", machine.FindLog("StateUnrecoverable"), StringComparison.Ordinal);
        Assert.False(machine.HasLog("StateProtectionDescribed"));
    }

    private static FakeTee.World World(string name) => Enum.Parse<FakeTee.World>(name);

    private static void Enter(string world, byte machine = 0, byte code = 0, byte cpuSvn = 0)
    {
        FakeTee.Enter(World(world));
        FakeTee.Change(machine, code, cpuSvn);
    }
}
