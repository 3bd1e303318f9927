using System.Net;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Sealing;

/// <summary>What each seal mode leaves on the disk, and which code opens it again.</summary>
public sealed class SealModeTests
{
    private const int PolicyOffset = 10;

    [Fact]
    [Case("client-api", "Seal mode Disabled")]
    [Case("state-and-sealing", "Seal mode Disabled keeps nothing")]
    public async Task Disabled_AfterTheManifest_LeavesNothingAndARestartIsFresh()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(0, sealMode: "Disabled");
        byte[] root = await mesh.GetServedRootAsync();
        Assert.Empty(SealedFilesOf(mesh));
        await MeshClient.ActivateAsync(mesh.Host, "limited");
        Assert.Empty(SealedFilesOf(mesh));

        await mesh.RestartAsync();

        Assert.Equal(2, await mesh.GetStatusCodeAsync());
        Assert.NotEqual(root, await mesh.GetServedRootAsync());
    }

    [Fact]
    [Trait("Security", "F6")]
    [Case("client-api", "Seal mode ProductKey")]
    [Case("state-and-sealing", "A restart after the manifest keeps the root")]
    [Case("state-and-sealing", "Recovery in the seal mode ProductKey")]
    public async Task Update_ToDisabledAndBack_RemovesTheFilesAndSealsAgain()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1, sealMode: "ProductKey");
        byte[] root = await mesh.GetServedRootAsync();
        Assert.NotEmpty(SealedFilesOf(mesh));

        await UpdateAsync(mesh, "Disabled");
        Assert.Empty(SealedFilesOf(mesh));
        await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Post, "/api/v2/secrets", """{"secrets":{"uploaded":{"Key":"bmV3"}}}""");
        Assert.Empty(SealedFilesOf(mesh));

        await UpdateAsync(mesh, "ProductKey");
        await mesh.RestartAsync();
        Assert.Equal(
            (3, Convert.ToHexString(root)), (await mesh.GetStatusCodeAsync(), Convert.ToHexString(await mesh.GetServedRootAsync())));
        Assert.Contains(
            "bmV3", (await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Get, "/api/v2/secrets?s=uploaded")).Body, StringComparison.Ordinal);
        await mesh.LoseKeyAsync();
        await mesh.RecoverAsync();

        await UpdateAsync(mesh, "Disabled");
        await mesh.RestartAsync();
        Assert.Equal(2, await mesh.GetStatusCodeAsync());
    }

    [Fact]
    [Trait("Security", "F6")]
    [Case("state-and-sealing", "Seal mode ProductKey outlives a restart, also of other code")]
    [Case("state-and-sealing", "Seal mode UniqueKey outlives a restart of the same code")]
    public async Task Update_OfTheSealMode_SealsTheKeyAtOnce()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        Assert.Equal(2, mesh.Read(MeshToRecover.KeyName)[PolicyOffset]);

        await UpdateAsync(mesh, "UniqueKey");
        Assert.Equal(1, mesh.Read(MeshToRecover.KeyName)[PolicyOffset]);
        await RestartAsAsync(mesh, m => m with { UniqueId = new string('0', 64) });
        Assert.Equal(1, await mesh.GetStatusCodeAsync());

        await mesh.RestartAsync();
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
        await UpdateAsync(mesh, "ProductKey");
        Assert.Equal(2, mesh.Read(MeshToRecover.KeyName)[PolicyOffset]);
        await RestartAsAsync(mesh, m => m with { UniqueId = new string('0', 64), SecurityVersion = 9 });
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
    }

    [Fact]
    [Case("client-api", "Seal mode UniqueKey")]
    [Case("state-and-sealing", "Recovery in the seal mode UniqueKey")]
    public async Task UniqueKey_RecoveredByOtherCode_IsSealedForThatCode()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2, sealMode: "UniqueKey");
        await RestartAsAsync(mesh, m => m with { UniqueId = new string('1', 64) });
        await mesh.RecoverAsync();

        await RestartAsAsync(mesh, m => m with { UniqueId = new string('1', 64) });
        Assert.Equal(3, await mesh.GetStatusCodeAsync());

        await mesh.RestartAsync();
        Assert.Equal(1, await mesh.GetStatusCodeAsync());
    }

    [Fact]
    public async Task ProductKey_OtherSignerOrProduct_IsRecovery()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);

        await RestartAsAsync(mesh, m => m with { SignerId = new string('0', 64) });
        Assert.Equal(1, await mesh.GetStatusCodeAsync());
        await RestartAsAsync(mesh, m => m with { ProductId = 4711 });
        Assert.Equal(1, await mesh.GetStatusCodeAsync());
    }

    private static string[] SealedFilesOf(MeshToRecover mesh) => Directory.GetFiles(mesh.Folder.File("seal"), "sealed_*");

    private static async Task UpdateAsync(MeshToRecover mesh, string sealMode)
    {
        (HttpStatusCode status, _, string body) = await mesh.Admin.SendAsync(
            mesh.Host,
            HttpMethod.Post,
            "/api/v2/update",
            new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 0, mesh.Parties, sealMode) });
        Assert.True(status == HttpStatusCode.OK, body);
    }

    /// <summary>Starts other code on the same machine.</summary>
    private static Task RestartAsAsync(MeshToRecover mesh, Func<AppMeasurement, AppMeasurement> change)
    {
        AppMeasurement measurement = change(mesh.Host.Platform.MeasureRunningProcess());
        return mesh.RestartWithAsync(services => services.AddSingleton<ISealingKeyProvider>(
            _ => new SimulationSealingKeyProvider(
                SimulationPlatform.Open(mesh.Folder.File("simulation")).Directory, () => measurement)));
    }
}
