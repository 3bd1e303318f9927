using System.Buffers.Binary;
using System.Security.Cryptography;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Fuzz;

/// <summary>The evidence in <c>corpus/snp-evidence</c>: a report of Turin under a hierarchy whose keys no authority issued.</summary>
internal static class SnpEvidence
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "corpus", "snp-evidence");

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(s_folder, name));

    /// <summary>Makes evidence with keys that are then thrown away.</summary>
    public static void Write(string folder)
    {
        var pki = new SnpTestPki(SnpProductLine.Turin);
        var vlek = new SnpTestPki(SnpProductLine.Turin, SnpSigningKey.Vlek);
        byte[] report = CreateReport(5);
        BinaryPrimitives.WriteUInt64LittleEndian(report.AsSpan(0x180), pki.Tcb);
        byte[] turin = [0x1a, 0x02, 0x01];
        turin.CopyTo(report, 0x188);
        pki.HardwareId.CopyTo(report, 0x1a0);
        byte[] signature = pki.VekKey.SignData(report[..SnpReport.SignedSize], HashAlgorithmName.SHA384);
        for (int i = 0; i < signature.Length; i++)
        {
            report[SnpReport.SignedSize + (i < 48 ? 47 - i : 72 + 95 - i)] = signature[i];
        }

        Directory.CreateDirectory(folder);
        (string Name, byte[] Content)[] files =
            [
                ("ark", pki.ArkDer()),
                ("ask", pki.AskDer()),
                ("vcek", pki.VekDer()),
                ("vlek", vlek.VekDer()),
                ("crl", pki.RevocationList([1, 2, 3])),
                ("report", report),
            ];
        foreach ((string name, byte[] content) in files)
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
        }
    }

    /// <summary>A report that is well formed as far as its version goes, and without a valid signature.</summary>
    public static byte[] CreateReport(uint version)
    {
        var report = new byte[SnpReport.Size];
        BinaryPrimitives.WriteUInt32LittleEndian(report, version);
        BinaryPrimitives.WriteUInt64LittleEndian(report.AsSpan(8), 1UL << 17);
        BinaryPrimitives.WriteUInt32LittleEndian(report.AsSpan(0x34), 1);
        return report;
    }
}
