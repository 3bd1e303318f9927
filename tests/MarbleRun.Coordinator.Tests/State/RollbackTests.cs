using System.Net;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>Older files in the place of newer ones, with and without somebody who remembers.</summary>
[Trait("Security", "F3")]
public sealed class RollbackTests
{
    [Fact]
    public async Task Start_OldDataBesideTheKey_WithoutAGuard_IsTaken()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        ulong before = mesh.State.Generation;
        await ChangeAsync(mesh);

        await mesh.RestartAsync(
            () => File.Copy(mesh.Folder.File("seal/sealed_data.old"), mesh.Folder.File(MeshToRecover.DataName), overwrite: true));

        // Counters, budgets and secrets of before are back: docs/recovery.md and the options say that only a guard detects it.
        Assert.Equal((before, 3), (mesh.State.Generation, await mesh.GetStatusCodeAsync()));
    }

    [Fact]
    public async Task Start_OldFiles_WithAGuard_AreRefusedUntilTheNewOnesAreBack()
    {
        using var elsewhere = new TestSupport.TemporaryDirectory();
        (string, string) guard = ("GenerationGuardPath", elsewhere.File("generation"));
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1, settings: guard);
        byte[] old = mesh.Read(MeshToRecover.DataName), key = mesh.Read(MeshToRecover.KeyName);
        await ChangeAsync(mesh);
        byte[] newest = mesh.Read(MeshToRecover.DataName);

        SealedStateException refused = await Assert.ThrowsAsync<SealedStateException>(
            () => mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.DataName), old), guard));
        Assert.Contains("rolled back", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<SealedStateException>(
            () => mesh.RestartAsync(() => Directory.Delete(mesh.Folder.File("seal"), recursive: true), guard));
        Assert.Contains("no state was found", refused.Message, StringComparison.Ordinal);

        await mesh.RestartAsync(() =>
        {
            File.WriteAllBytes(mesh.Folder.File(MeshToRecover.DataName), newest);
            File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), []);
        }, guard);
        Assert.Equal(1, await mesh.GetStatusCodeAsync());
        await mesh.RecoverAsync();
        await mesh.RestartAsync(null, guard);
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
        Assert.NotEmpty(key);
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("state-and-sealing", "A state that does not open with the right secrets")]
    public async Task Recover_OldData_WithAGuard_IsRefusedWithTheLastSecret()
    {
        using var elsewhere = new TestSupport.TemporaryDirectory();
        (string, string) guard = ("GenerationGuardPath", elsewhere.File("generation"));
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2, settings: guard);
        byte[] old = mesh.Read(MeshToRecover.DataName);
        await ChangeAsync(mesh);
        await mesh.RestartAsync(() =>
        {
            File.WriteAllBytes(mesh.Folder.File(MeshToRecover.DataName), old);
            File.Delete(mesh.Folder.File(MeshToRecover.KeyName));
        }, guard);
        await mesh.SubmitAsync(mesh.Parties[0]);

        WireRecoveryTests.Refused(
            500, "error", "loading sealed state: The sealed state was rolled back", await mesh.SubmitAsync(mesh.Parties[1]));

        Assert.Equal(1, await mesh.GetStatusCodeAsync());
    }

    [Fact]
    [Case("client-api", "A new manifest instead of the recovery")]
    [Case("state-and-sealing", "A new manifest instead of recovery gives a new root, if the operator asked for it")]
    public async Task StartAfresh_WithAGuard_CountsOnAndKeepsTheOldFilesRecoverable()
    {
        using var elsewhere = new TestSupport.TemporaryDirectory();
        (string, string) guard = ("GenerationGuardPath", elsewhere.File("generation"));
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2, settings: guard);
        byte[] data = mesh.Read(MeshToRecover.DataName), root = await mesh.GetServedRootAsync();
        ulong before = mesh.State.Generation;
        await mesh.RestartAsync(
            () => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), [1, 2, 3]), guard, ("StartAfresh", "true"));
        byte[] temporary = await mesh.GetServedRootAsync();

        (HttpStatusCode status, string body) = await mesh.PostAsync(
            "/api/v2/manifest", new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 0, []) });

        Assert.True(status == HttpStatusCode.OK, body);
        Assert.True(mesh.State.Generation > before);
        Assert.Equal(data, await File.ReadAllBytesAsync(
            Assert.Single(Directory.GetFiles(mesh.Folder.File("seal"), "sealed_data.2*")), TestContext.Current.CancellationToken));
        WireRecoveryTests.Refused(500, "error", "server is not in expected state", await mesh.SubmitAsync(mesh.Parties[0]));
        await mesh.RestartAsync(null, guard);
        Assert.Equal(
            (3, Convert.ToHexString(temporary)), (await mesh.GetStatusCodeAsync(), Convert.ToHexString(await mesh.GetServedRootAsync())));

        await mesh.RestartAsync(() =>
        {
            File.Delete(mesh.Folder.File(MeshToRecover.KeyName));
            File.WriteAllBytes(mesh.Folder.File(MeshToRecover.DataName), data);
        });
        await mesh.RecoverAsync();
        Assert.Equal(root, await mesh.GetServedRootAsync());
    }

    [Fact]
    public async Task Start_DisabledWithAGuard_IsRefusedSinceItLooksLikeALoss()
    {
        using var elsewhere = new TestSupport.TemporaryDirectory();
        (string, string) guard = ("GenerationGuardPath", elsewhere.File("generation"));
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(0, sealMode: "Disabled", settings: guard);

        SealedStateException refused = await Assert.ThrowsAsync<SealedStateException>(() => mesh.RestartAsync(null, guard));

        Assert.Contains("reset the guard", refused.Message, StringComparison.Ordinal);
        await mesh.RestartAsync(() => File.Delete(elsewhere.File("generation")), guard);
        Assert.Equal(2, await mesh.GetStatusCodeAsync());
    }

    private static async Task ChangeAsync(MeshToRecover mesh) => Assert.Equal(
        HttpStatusCode.OK,
        (await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Post, "/api/v2/secrets", """{"secrets":{"uploaded":{"Key":"bmV3"}}}""")).Status);
}
