using System.Net;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Audit;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Updates on disks that fail and in processes that are killed: all of an update, or nothing of it.</summary>
public sealed class UpdateDurabilityTests
{
    [Fact]
    [Trait("Security", "F4")]
    [Case("state-and-sealing", "A change that fails leaves nothing of itself")]
    public async Task Update_OnAFullDisk_IsRefusedAndLeavesTheOldKeyInForce()
    {
        var files = new SwitchedFiles();
        await using GovernedMesh mesh = await StartAsync(files);
        CoordinatorState before = mesh.State;
        const string NotDurable = "sealing state: the state could not be made durable";

        files.Inner = new SwitchedFiles.Full();
        (await mesh.StartUpdateAsync(mesh.Anna, Manifest(mesh, 1))).AssertError(HttpStatusCode.InternalServerError, NotDurable);
        (await mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":1}}}")).AssertError(
            HttpStatusCode.InternalServerError, NotDurable);
        (await mesh.UploadAsync("text", [1])).AssertError(HttpStatusCode.InternalServerError, NotDurable);
        Assert.Same(before, mesh.State);
        Assert.Equal(
            [
                "update.start anna allowed",
                "update.start anna failed",
                "update.packages paul allowed",
                "update.packages paul failed",
                "secrets.write will allowed",
                "secrets.write will failed",
            ],
            AuditReader.Read(mesh)[^6..].Select(r => r[..r.IndexOf(" {", StringComparison.Ordinal)]));

        files.Repair();
        (await mesh.UploadAsync("text", [2])).Require();
        await mesh.RestartAsync();
        Assert.Equal(before.Manifest!.Fingerprint, mesh.State.Manifest!.Fingerprint);
        Assert.Equal([2], mesh.State.Secrets["text"].Private.ToArray());
        (await mesh.StartUpdateAsync(mesh.Anna, Manifest(mesh, 1))).Require();
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Acknowledge_OnAFullDisk_LeavesTheUpdatePending()
    {
        var files = new SwitchedFiles();
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(
            m => m["Config"]!["UpdateThreshold"] = 2, s => s.AddSingleton<IFileOperations>(files));
        string next = mesh.Manifest();
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();

        files.Inner = new SwitchedFiles.Full();
        Assert.Equal(HttpStatusCode.InternalServerError, (await mesh.AcknowledgeAsync(mesh.Bert, next)).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await mesh.CancelAsync(mesh.Cara)).Status);
        Assert.Equal(["bert", "cara"], GovernedMesh.Strings((await mesh.PendingAsync()).Require().Data.GetProperty("missingUsers")));

        files.Repair();
        (await mesh.AcknowledgeAsync(mesh.Bert, next)).Require();
        Assert.Equal(GovernedMesh.Fingerprint(next), mesh.State.Manifest!.Fingerprint);
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Update_KilledAtEveryStep_IsWhollyThereOrNotAtAll()
    {
        var files = new SwitchedFiles();
        await using GovernedMesh mesh = await StartAsync(files);
        int steps = 0;
        for (bool crashed = true; crashed; steps++)
        {
            // Each update changes the recovery key, and with it the key of the state.
            string before = mesh.State.Manifest!.Fingerprint;
            string next = Manifest(mesh, 1 - (steps % 2)) + new string(' ', steps);
            var process = new CrashingFileOperations(steps);
            files.Inner = process;
            Answer answer = await mesh.StartUpdateAsync(mesh.Anna, next);
            crashed = process.Crashed;
            Assert.Equal(!crashed, answer.IsSuccess);
            files.Repair();

            await mesh.RestartAsync();

            Assert.Equal(CoordinatorPhase.AcceptingMarbles, mesh.State.Phase);
            bool isNew = mesh.State.Manifest!.Fingerprint == GovernedMesh.Fingerprint(next);
            Assert.True(isNew || mesh.State.Manifest.Fingerprint == before);
            Assert.True(isNew || crashed);
            Assert.Equal(isNew, (await mesh.LogAsync())[^1].Contains(GovernedMesh.Fingerprint(next), StringComparison.Ordinal));
            Assert.True(AuditReader.Verify(mesh).IsIntact);
        }

        Assert.True(steps > 4, $"{steps}");
        await mesh.ActivateAsync();
    }

    private static string Manifest(GovernedMesh mesh, int party) => mesh.Manifest(m =>
    {
        m["Config"]!["UpdateThreshold"] = 1;
        m.SetRecovery(0, ("a", TestParty.Five[party]));
    });

    private static Task<GovernedMesh> StartAsync(SwitchedFiles files) => GovernedMesh.StartAsync(
        m =>
        {
            m["Config"]!["UpdateThreshold"] = 1;
            m.SetRecovery(0, ("a", TestParty.Five[0]));
        },
        s => s.AddSingleton<IFileOperations>(files));
}
