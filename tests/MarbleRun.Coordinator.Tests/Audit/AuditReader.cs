using System.Text;
using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Tests.Manifests;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>Reads the trail of a running mesh from its files, as anybody else would.</summary>
internal static class AuditReader
{
    public static byte[] ReadBytes(GovernedMesh mesh)
    {
        string path = Assert.Single(Directory.GetFiles(mesh.Folder.File("seal/audit"), "audit-*.jsonl"));
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Each record as "action user outcome {details}".</summary>
    public static string[] Read(GovernedMesh mesh) =>
        [.. Encoding.ASCII.GetString(ReadBytes(mesh)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Describe)];

    public static AuditVerification Verify(GovernedMesh mesh) =>
        AuditTrail.Verify([new AuditFile("audit", ReadBytes(mesh))], AuditHead.Start.Hash);

    private static string Describe(string line)
    {
        JsonElement record = JsonDocument.Parse(line).RootElement;
        return $"{record.GetProperty("action").GetString()} {record.GetProperty("user").GetString() ?? "-"} "
            + $"{record.GetProperty("outcome").GetString()} {record.GetProperty("details").GetRawText()}";
    }
}
