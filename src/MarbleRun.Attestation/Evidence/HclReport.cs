using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Attestation.Evidence;

/// <summary>
/// The content of the vTPM's NV index 0x01400001 in Azure's confidential VMs: the hardware's report, which the paravisor requested at the
/// start, and the runtime data that it binds. Only the hardware's report is extracted, and only if it binds the runtime data after it.
/// </summary>
/// <remarks>
/// All numbers are little-endian.
/// <code>
/// offset    0     4 bytes   "HCLA"
/// offset    4    28 bytes   version, size, kind and status of the request, reserved
/// offset   32  1184 bytes   the hardware's report: a report of SEV-SNP, or a TD report of 1024 bytes and zeros
/// offset 1216    20 bytes   size of what follows with this header, version, kind of report (2 SEV-SNP, 4 TDX), hash (1 SHA-256), size of
///                           the runtime data
/// offset 1236               the runtime data, JSON, with the vTPM's attestation key
/// </code>
/// </remarks>
internal static class HclReport
{
    public const string Remark =
        "This is the SEV-SNP report inside an Azure HCL report. It attests the machine's firmware and the key of its virtual TPM, not the "
        + "software in the machine. The quote of the virtual TPM attests the software; it is not verified here.";

    private const int ReportOffset = 32;
    private const int KindOffset = ReportOffset + SnpReport.Size + 8;
    private const int HashOffset = KindOffset + 4;
    private const int SizeOffset = HashOffset + 4;
    private const int DataOffset = SizeOffset + 4;
    private const int ReportDataOffset = ReportOffset + 0x50;
    private const uint SnpKind = 2;
    private const uint TdxKind = 4;
    private const uint Sha256 = 1;

    /// <summary>Extracts the report of SEV-SNP.</summary>
    public static bool TryReadReport(ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> report, [NotNullWhen(false)] out string? fault)
    {
        fault = Check(bytes.Span);
        report = fault is null ? bytes.Slice(ReportOffset, SnpReport.Size) : default;
        return fault is null;
    }

    private static string? Check(ReadOnlySpan<byte> bytes)
    {
        const string Form = "It begins like an Azure HCL report (HCLA)";
        if (bytes.Length < DataOffset)
        {
            return $"{Form}, but has {bytes.Length} bytes, not at least {DataOffset}. Give the whole of NV index 0x01400001.";
        }

        uint kind = UInt32(bytes, KindOffset);
        if (kind == TdxKind)
        {
            return "It is an Azure HCL report with a TD report, which only the same machine can verify. Let Azure create a TD quote of it "
                + "there (POST http://169.254.169.254/acc/tdquote), and give that quote.";
        }

        uint hash = UInt32(bytes, HashOffset);
        uint size = UInt32(bytes, SizeOffset);
        if (kind != SnpKind || hash != Sha256 || size > (uint)(bytes.Length - DataOffset))
        {
            return $"{Form}, but of kind {kind}, hash {hash} and {size} bytes of runtime data, where kind 2 (SEV-SNP), hash 1 (SHA-256) "
                + $"and at most {bytes.Length - DataOffset} bytes can be read.";
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes.Slice(DataOffset, (int)size), digest);
        return bytes.Slice(ReportDataOffset, digest.Length).SequenceEqual(digest)
            ? null
            : $"{Form}, but its report does not bind the runtime data behind it (SHA-256 in the report data). It was changed or put "
            + $"together.";
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}
