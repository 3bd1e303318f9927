using System.Net;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>Who may come when, and what may go wrong on the way, without harm to the recovery.</summary>
public sealed class RecoveryOrderTests
{
    private static readonly string[] s_faultyManifests =
    [
        "{",
        """{"Packages":{"p":{"UniqueID":"00"}},"Marbles":{"m":{"Package":"p","Parameters":{"Env":{"E":"{{ hex .Secrets.nope }}"}}}}}""",
        """{"Packages":{"p":{"UniqueID":"00"}},"Marbles":{"m":{"Package":"p"}},"RecoveryKeys":{"k":"x"}}""",
    ];

    private static TestParty[] Five => [.. TestParty.Five];

    [Fact]
    [Trait("Security", "F1")]
    [Case("state-and-sealing", "Three of ten: all neighbours")]
    [Case("state-and-sealing", "Three of ten: how many remain")]
    [Case("state-and-sealing", "Three of ten: a share twice keeps the count")]
    public async Task Submit_AnyThreeNeighboursOfTen_OpenTheState()
    {
        TestParty[] ten = [.. Five, .. Enumerable.Range(6, 5).Select(i => new TestParty($"party {i}"))];
        SealedDeployment deployment = await SealedDeployment.CreateAsync(3, ten);
        for (int i = 0; i < ten.Length; i++)
        {
            var state = new WaitingState(deployment.Blob);
            using RecoverySession session = deployment.Open(state);

            Assert.Equal(2, (await deployment.SubmitAsync(session, ten[i])).Remaining);
            await Assert.ThrowsAsync<RecoveryException>(() => deployment.SubmitAsync(session, ten[i]));
            Assert.Equal(1, (await deployment.SubmitAsync(session, ten[(i + 1) % 10])).Remaining);
            Assert.Equal(0, (await deployment.SubmitAsync(session, ten[(i + 2) % 10])).Remaining);
            Assert.Equal(10, state.Adopted!.Keys.Length);
        }
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("client-api", "A secret again")]
    [Case("client-api", "16 bytes first in a recovery of several parties, unlike the reference")]
    [Case("state-and-sealing", "All of n: a secret twice")]
    [Case("state-and-sealing", "All of n: a secret of no party")]
    [Case("state-and-sealing", "All of n: 12 bytes")]
    [Case("state-and-sealing", "All of n: 16 bytes")]
    public async Task Recover_AllOfThreeAmidStrangeSecrets_KeepsTheCount()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(3);
        byte[] known = mesh.Shares["party 2"];

        WireRecoveryTests.Refused(
            500, "error", "setting recovery key: invalid secret length", await mesh.SubmitAsync(new byte[16], Five[0].Sign(new byte[16])));
        WireRecoveryTests.Refused(
            400, "fail", "failed to decrypt recovery secret: ", await mesh.SubmitAsync(new byte[12], Five[0].Sign(new byte[12])));
        WireRecoveryTests.Refused(
            500,
            "error",
            "setting recovery key: uploaded an invalid or already used secret",
            await mesh.SubmitAsync(new byte[32], Five[0].Sign(new byte[32])));
        Assert.Equal(MeshToRecover.RecoverJson(2), (await mesh.SubmitAsync(Five[1])).Body);
        WireRecoveryTests.Refused(
            500,
            "error",
            "setting recovery key: uploaded an invalid or already used secret",
            await mesh.SubmitAsync(known, Five[1].Sign(known)));
        WireRecoveryTests.Refused(
            500, "error", "setting recovery key: invalid secret length", await mesh.SubmitAsync(new byte[16], Five[0].Sign(new byte[16])));
        Assert.Equal(MeshToRecover.RecoverJson(1), (await mesh.SubmitAsync(Five[2])).Body);
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(Five[0])).Body);
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("client-api", "A faulty manifest in recovery leaves the recovery, unlike the reference")]
    public async Task Recover_AfterFaultyManifestsThatWouldBeginAfresh_StillWorks()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        byte[] root = await mesh.GetServedRootAsync();
        await mesh.RestartAsync(() => File.Delete(mesh.Folder.File(MeshToRecover.KeyName)), ("StartAfresh", "true"));
        await mesh.SubmitAsync(Five[0]);

        foreach (string manifest in s_faultyManifests)
        {
            Assert.Equal(
                HttpStatusCode.BadRequest, (await mesh.SendAsync(HttpMethod.Post, "/manifest", new StringContent(manifest))).Status);
        }

        Assert.Equal(1, await mesh.GetStatusCodeAsync());
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(Five[1])).Body);
        Assert.Equal(root, await mesh.GetServedRootAsync());
    }

    [Fact]
    [Trait("Security", "F4")]
    [Case("client-api", "Sealing fails in a recovery: the last secret may come again")]
    [Case(
        "state-and-sealing",
        "A key that cannot be sealed in a recovery: unlike the reference, the last secret is refused and may come again")]
    public async Task Recover_LastSecretOnAFullDisk_MayBeSentAgain()
    {
        var files = new SwitchedFiles();
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(2);
        await mesh.RestartWithAsync(s => s.AddSingleton<IFileOperations>(files));
        await mesh.SubmitAsync(Five[0]);

        files.Inner = new SwitchedFiles.Full();
        Assert.Equal(HttpStatusCode.InternalServerError, (await mesh.SubmitAsync(Five[1])).Status);
        Assert.Equal(1, await mesh.GetStatusCodeAsync());

        files.Repair();
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(Five[1])).Body);
        await mesh.RestartAsync();
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
    }
}
