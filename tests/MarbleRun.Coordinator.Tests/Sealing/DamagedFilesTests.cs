using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Sealing;

/// <summary>A whole Coordinator over damaged files.</summary>
[Trait("Security", "F3")]
public sealed class DamagedFilesTests
{
    [Fact]
    public async Task Start_FlippedBitsOfTheData_NeverBeginAnew()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        byte[] good = mesh.Read(MeshToRecover.DataName);
        await mesh.Host.DisposeAsync();
        for (int i = 0; i < 36; i++)
        {
            byte[] damaged = [.. good];
            damaged[i < 24 ? i : (good.Length - 1) * (i - 23) / 12] ^= (byte)(1 << (i % 8));
            await File.WriteAllBytesAsync(mesh.Folder.File(MeshToRecover.DataName), damaged, TestContext.Current.CancellationToken);

            await RefusedAsync(mesh);
        }

        foreach (byte[] other in (byte[][])[[], [0], good[..4], good[..^1], [.. good, 0], new byte[good.Length]])
        {
            await File.WriteAllBytesAsync(mesh.Folder.File(MeshToRecover.DataName), other, TestContext.Current.CancellationToken);
            await RefusedAsync(mesh);
        }

        File.Delete(mesh.Folder.File(MeshToRecover.DataName));
        StateStoreException missing = await Assert.ThrowsAsync<StateStoreException>(() => CoordinatorHost.StartAsync(mesh.Folder));
        Assert.Contains("is missing", missing.Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(mesh.Folder.File(MeshToRecover.DataName), good, TestContext.Current.CancellationToken);
        await mesh.RestartAsync();
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
    }

    [Fact]
    [Case("state-and-sealing", "Recovery begins when the key is missing")]
    public async Task Start_KeyThatIsInvalid_IsRecoveryAndIsRecovered()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        byte[] good = mesh.Read(MeshToRecover.KeyName);
        foreach (byte[] key in (byte[][])[[], new byte[5], new byte[32], good[..^1], [.. good, 0]])
        {
            await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), key));
            Assert.Equal(1, await mesh.GetStatusCodeAsync());
        }

        await mesh.RecoverAsync();
        await mesh.RestartAsync();
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Start_FilesOfAnotherDeployment_AreNotTakenForThisOne()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        await using MeshToRecover other = await MeshToRecover.StartAsync(2);

        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), other.Read(MeshToRecover.KeyName)));
        Assert.Equal(1, await mesh.GetStatusCodeAsync());

        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.DataName), other.Read(MeshToRecover.DataName)));
        Assert.Equal(1, await mesh.GetStatusCodeAsync());
        WireRecoveryTests.Refused(500, "error", "setting recovery key: uploaded an invalid", await mesh.SubmitAsync(mesh.Parties[0]));
    }

    [Fact]
    [Case("state-and-sealing", "An older key beside newer data")]
    public async Task Start_OlderKeyAfterTheKeysChanged_IsRecoveryWithTheNewSecrets()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        byte[] old = mesh.Read(MeshToRecover.KeyName);
        (System.Net.HttpStatusCode status, _, string body) = await mesh.Admin.SendAsync(
            mesh.Host,
            HttpMethod.Post,
            "/api/v2/update",
            new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 0, TestParty.Five[..1]) });
        Assert.True(status == System.Net.HttpStatusCode.OK, body);
        Dictionary<string, byte[]> fresh = MeshToRecover.ReadShares(
            System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("data").GetProperty("recoverySecrets"));

        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), old));

        Assert.Equal(1, await mesh.GetStatusCodeAsync());
        Assert.Equal(
            MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(fresh["party 1"], TestParty.Five[0].Sign(fresh["party 1"]))).Body);
    }

    private static async Task RefusedAsync(MeshToRecover mesh)
    {
        try
        {
            await using CoordinatorHost host = await CoordinatorHost.StartAsync(mesh.Folder);
            using HttpClient client = host.CreateClient();
            Assert.Contains(
                "\"code\":1,",
                await client.GetStringAsync(new Uri("/api/v2/status", UriKind.Relative), TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
        }
        catch (SealedStateException exception)
        {
            Assert.Contains("stored state", exception.Message, StringComparison.Ordinal);
        }
    }
}
