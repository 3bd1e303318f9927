using System.Globalization;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Snp;

/// <summary>Checks that a report belongs to the VCEK or VLEK certificate that verifies it. Each part is already verified.</summary>
internal static class SnpBinding
{
    /// <summary>The report must be signed by the kind of key that the certificate is for.</summary>
    public static CheckFailure? CheckSigningKey(SnpReport report, VekExtensions vek) => report.SigningKey == vek.Kind
        ? null
        : Mismatch($"a report signed by a {SnpClaimsJson.Name(vek.Kind)}, as the certificate", SnpClaimsJson.Name(report.SigningKey));

    /// <summary>The processor that the report names must be of the certificate's product line. Reports of version 2 name none.</summary>
    public static CheckFailure? CheckProduct(SnpReport report, VekExtensions vek) => report.CpuLine is not { } line
        || line == vek.ProductLine
        ? null
        : Mismatch(
            $"a processor of {vek.ProductLine}, as the certificate",
            string.Create(CultureInfo.InvariantCulture, $"family 0x{report.CpuId[0]:x2}, model 0x{report.CpuId[1]:x2} ({line})"));

    /// <summary>The certificate must be for exactly the reported TCB, because each TCB has another key.</summary>
    public static CheckFailure? CheckTcb(SnpReport report, VekExtensions vek) => report.ReportedTcb == vek.Tcb
        ? null
        : Mismatch($"the certificate's TCB: {Text(vek.Tcb, vek)}", $"the reported TCB: {Text(report.ReportedTcb, vek)}");

    /// <summary>A VCEK must be of the report's chip. A VLEK is of no chip.</summary>
    public static CheckFailure? CheckChipId(SnpReport report, VekExtensions vek)
    {
        if (vek.Kind == SnpSigningKey.Vlek)
        {
            return null;
        }

        ReadOnlySpan<byte> id = vek.HardwareId.Span;
        return report.ChipId.StartsWith(id) && !report.ChipId[id.Length..].ContainsAnyExcept((byte)0)
            ? null
            : Mismatch($"the chip {Convert.ToHexStringLower(id)}, as the certificate", Convert.ToHexStringLower(report.ChipId));
    }

    private static string Text(ulong tcb, VekExtensions vek) =>
        string.Create(CultureInfo.InvariantCulture, $"{SnpTcb.Read(tcb, vek.ProductLine)} (0x{tcb:x16})");

    private static CheckFailure Mismatch(string expected, string found) => new(VerdictReason.Mismatch, expected, found);
}
