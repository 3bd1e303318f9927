using MarbleRun.Audit;
using MarbleRun.Coordinator.Tests.State;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>What an auditor finds beside the state.</summary>
internal static class AuditOfMesh
{
    /// <summary>The trail is unbroken from its start, and holds the end that the state knows.</summary>
    public static void AssertWhole(MeshToRecover mesh)
    {
        AuditVerification verification = AuditTrail.Verify(
            [.. mesh.AuditFiles.Select(path => new AuditFile(Path.GetFileName(path), File.ReadAllBytes(path)))],
            AuditHead.Start.Hash,
            mesh.State.AuditHead!.Hash);
        Assert.True(verification.IsIntact, string.Join('\n', verification.Faults));
    }
}
