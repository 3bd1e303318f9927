using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Coordinator.Tests.State;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>Trails that are not this state's, and the option that takes one nevertheless.</summary>
[Trait("Security", "G7")]
public sealed class NewAuditTrailTests
{
    private static readonly (string, string) s_option = ("NewAuditTrail", "true");

    [Fact]
    public async Task Start_EmptyFolder_IsRefusedWithoutTheOptionAndTakenOnceWithIt()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(0);
        AuditHead known = mesh.State.AuditHead!;

        AuditException refused = await Assert.ThrowsAsync<AuditException>(() => mesh.RestartAsync(() => MoveAway(mesh)));
        Assert.Contains($"it ended with record {known.Sequence}, and now it is empty", refused.Message, StringComparison.Ordinal);

        await mesh.RestartAsync(null, s_option);
        AuditHead begun = mesh.State.AuditHead!;
        Assert.Equal(1, begun.Sequence);
        string record = ReadFirst(mesh);
        Assert.Contains("audit.begin", record, StringComparison.Ordinal);
        Assert.Contains(known.Hash, record, StringComparison.Ordinal);

        // From here on this trail is the state's.
        await mesh.RestartAsync();
        Assert.Equal((3, begun), (await mesh.GetStatusCodeAsync(), mesh.State.AuditHead));
        AuditOfMesh.AssertWhole(mesh);
        await Assert.ThrowsAsync<AuditException>(
            () => mesh.RestartAsync(() => Directory.Delete(mesh.Folder.File("seal/audit"), recursive: true)));
    }

    [Fact]
    public async Task Start_TrailOfAnotherDeployment_IsRefused()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(0);
        await using MeshToRecover other = await MeshToRecover.StartAsync(0);
        AuditHead known = mesh.State.AuditHead!;
        await MeshClient.ActivateAsync(other.Host, "web");
        await other.Host.DisposeAsync();

        AuditException refused = await Assert.ThrowsAsync<AuditException>(() => mesh.RestartAsync(() =>
        {
            MoveAway(mesh);
            Directory.CreateDirectory(mesh.Folder.File("seal/audit"));
            foreach (string path in other.AuditFiles)
            {
                File.Copy(path, mesh.Folder.File($"seal/audit/{Path.GetFileName(path)}"));
            }
        }));

        Assert.Contains($"no line has the hash {known.Hash}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("start it once with Coordinator:NewAuditTrail", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithTheOptionAndTheOldTrail_GoesOnInIt()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(0);
        AuditHead known = mesh.State.AuditHead!;

        await mesh.RestartAsync(null, s_option);
        await mesh.RestartAsync(null, s_option);
        await mesh.RestartAsync();

        Assert.True(mesh.State.AuditHead!.Sequence > known.Sequence);
        AuditOfMesh.AssertWhole(mesh);
    }

    private static void MoveAway(MeshToRecover mesh) => Directory.Move(mesh.Folder.File("seal/audit"), mesh.Folder.File("evidence"));

    private static string ReadFirst(MeshToRecover mesh)
    {
        using var file = new StreamReader(
            new FileStream(Assert.Single(mesh.AuditFiles), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadLine()!;
    }
}
