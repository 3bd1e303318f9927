using System.Net;
using System.Security.Cryptography;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Tee;

/// <summary>A TD has no sealing key: the recovery parties alone can open the state.</summary>
[Collection(FakeTee.Tests)]
public sealed class NoSealingKeyTests
{
    /// <remarks>The parties verify the Coordinator that waits, before they send their secrets.</remarks>
    [Fact]
    [Trait("Security", "F8")]
    [Trait("Security", "F9")]
    public async Task Restart_WithRecoveryKeys_IsRecoveryEachTimeAndTheMeshContinues()
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(FakeTee.World.Tdx);
        byte[] root = machine.Root;
        for (int i = 0; i < 2; i++)
        {
            // Nothing on the disk opens without the parties.
            Assert.Empty(File.ReadAllBytes(machine.KeyPath));

            await machine.RestartAsync();
            Assert.Equal(1, await machine.GetStatusAsync());
            Assert.Contains("has no sealing key", machine.FindLog("StateLocked"), StringComparison.Ordinal);
            Assert.Contains("waits for its recovery parties", (await machine.GetSealingAsync())!, StringComparison.Ordinal);
            Assert.NotEqual(root, machine.Root);
            Assert.True((await machine.GetQuoteAsync()).AsSpan().IndexOf(SHA256.HashData(machine.Root)) > 0);

            await machine.RecoverAsync();
            Assert.True((await machine.GetQuoteAsync()).AsSpan().IndexOf(SHA256.HashData(root)) > 0);
            Assert.Equal((3, Convert.ToHexString(root)), (await machine.GetStatusAsync(), Convert.ToHexString(machine.Root)));
            Assert.Contains("2 of 2 recovery parties", (await machine.GetSealingAsync())!, StringComparison.Ordinal);
        }
    }

    /// <remarks>A key that the platform does not have would be the host's.</remarks>
    [Fact]
    [Trait("Security", "F3")]
    public async Task Restart_WithASealedKeyThatTheHostPutThere_IsRecovery()
    {
        byte[] foreign;
        await using (TeeMachine other = await TeeMachine.StartMeshAsync(FakeTee.World.Gramine))
        {
            foreign = File.ReadAllBytes(other.KeyPath);
        }

        await using TeeMachine machine = await TeeMachine.StartMeshAsync(FakeTee.World.Tdx);

        await machine.RestartAsync(() => File.WriteAllBytes(machine.KeyPath, foreign));

        Assert.Equal(1, await machine.GetStatusAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("UniqueKey")]
    [InlineData("ProductKey")]
    public async Task Set_ManifestWithoutRecoveryKeys_IsRefusedAndSaysWhatToDo(string sealMode)
    {
        await using TeeMachine machine = await TeeMachine.StartAsync(FakeTee.World.Tdx);

        (HttpStatusCode status, string body) = await machine.SetManifestAsync(sealMode, parties: 0);

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains("checking manifest: The platform tdx_guest has no sealing key", body, StringComparison.Ordinal);
        Assert.Contains("Add RecoveryKeys; or set Config.SealMode to Disabled", body, StringComparison.Ordinal);
        Assert.Equal(2, await machine.GetStatusAsync());
    }

    [Fact]
    public async Task Update_ToAManifestWithoutRecoveryKeys_IsRefusedUnlessItDisablesSealing()
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(FakeTee.World.Tdx);

        (HttpStatusCode status, string body) = await machine.UpdateAsync(sealMode: "", parties: 0);
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains("invalid manifest: The platform tdx_guest has no sealing key", body, StringComparison.Ordinal);
        Assert.True(File.Exists(machine.Folder.File(TeeMachine.DataName)));

        Assert.Equal(HttpStatusCode.OK, (await machine.UpdateAsync("Disabled", parties: 0)).Status);
        Assert.False(File.Exists(machine.Folder.File(TeeMachine.DataName)));
    }

    /// <remarks>The manifest says it, so that everybody who verifies the mesh can read it.</remarks>
    [Fact]
    public async Task Set_ManifestThatDisablesSealing_IsTakenAndARestartBeginsANewMesh()
    {
        await using TeeMachine machine = await TeeMachine.StartMeshAsync(FakeTee.World.Tdx, "Disabled", parties: 0);
        byte[] root = machine.Root;
        Assert.Empty(Directory.GetFiles(machine.Folder.File("seal"), "sealed_*"));
        Assert.Contains("every restart loses it", (await machine.GetSealingAsync())!, StringComparison.Ordinal);

        await machine.RestartAsync();

        Assert.Equal(2, await machine.GetStatusAsync());
        Assert.NotEqual(root, machine.Root);
    }

    [Fact]
    public async Task Start_BeforeTheManifest_WritesNothingThatCouldNotBeOpened()
    {
        await using TeeMachine machine = await TeeMachine.StartAsync(FakeTee.World.Tdx);
        Assert.Contains("No manifest is set yet", machine.FindLog("StateProtectionDescribed"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(machine.Folder.File("seal"), "sealed_*"));

        await machine.RestartAsync();

        Assert.Equal(2, await machine.GetStatusAsync());
        Assert.False(machine.HasLog("StateWorthless"));
    }
}
