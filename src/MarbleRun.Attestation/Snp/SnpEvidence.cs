using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// The evidence of a machine of AMD SEV-SNP: an attestation report, and the certificates that its host provided with it. Linux returns it
/// through configfs-tsm (<c>outblob</c> and <c>auxblob</c>) and the extended guest request through <c>/dev/sev-guest</c>. Its content is
/// not verified.
/// </summary>
/// <remarks>
/// On the wire the report, 1184 bytes, is followed by the host's unchanged certificate table, or by nothing (GHCB Specification #56421, SNP
/// Extended Guest Request). A TD does not need this: its <c>outblob</c> is the quote itself.
/// </remarks>
public sealed class SnpEvidence
{
    private const uint HighestVersion = 255;
    private const int IntelVendorOffset = 12;

    private SnpEvidence(ReadOnlyMemory<byte> report, ReadOnlyMemory<byte> table, SnpCollateral certificates)
    {
        Report = report;
        Table = table;
        Certificates = certificates;
    }

    /// <summary>The report, 1184 bytes.</summary>
    public ReadOnlyMemory<byte> Report { get; }

    /// <summary>
    /// The certificates of the table, DER as the host gave them; members that it did not provide are null. Of VCEK and VLEK, the one that
    /// signed the report is used. The revocation list among them is not used by <see cref="SnpReportVerifier"/>: a machine must not choose
    /// the collateral that verifies it.
    /// </summary>
    public SnpCollateral Certificates { get; }

    private ReadOnlyMemory<byte> Table { get; }

    /// <summary>Whether bytes look like a report, with or without certificates; they can still be damaged.</summary>
    /// <param name="quote">Any bytes.</param>
    /// <remarks>
    /// A report begins with its version as 32 bits; a quote of Intel has the type of its key in the upper half, followed by the vendor of
    /// its quoting enclave.
    /// </remarks>
    public static bool Recognizes(Quote quote)
    {
        ArgumentNullException.ThrowIfNull(quote);
        ReadOnlySpan<byte> bytes = quote.RawData.Span;
        bool isIntel = bytes.Length > IntelVendorOffset && bytes[IntelVendorOffset..].StartsWith(IntelVendor.Id);
        return !isIntel
            && (bytes.Length == SnpReport.Size
                || (bytes.Length >= sizeof(uint)
                    && BinaryPrimitives.ReadUInt32LittleEndian(bytes) is >= SnpReport.OldestVersion and <= HighestVersion));
    }

    /// <summary>Reads evidence from the bytes on the wire.</summary>
    /// <param name="quote">Any bytes.</param>
    /// <param name="evidence">The evidence, or null.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryRead(Quote quote, [NotNullWhen(true)] out SnpEvidence? evidence, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(quote);
        int size = Math.Min(quote.RawData.Length, SnpReport.Size);
        return TryRead(quote.RawData[..size], quote.RawData[size..], out evidence, out fault);
    }

    /// <summary>Reads the result of configfs-tsm.</summary>
    /// <param name="outblob">The report.</param>
    /// <param name="auxblob">The certificate table; empty if the host provides none.</param>
    /// <param name="evidence">The evidence, or null.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> outblob,
        ReadOnlyMemory<byte> auxblob,
        [NotNullWhen(true)] out SnpEvidence? evidence,
        [NotNullWhen(false)] out string? fault)
    {
        evidence = null;
        if (!SnpReport.TryParse(outblob, out SnpReport? report, out CheckFailure? failure))
        {
            fault = failure.Expected is null ? failure.Found : $"expected {failure.Expected}, found {failure.Found}";
            return false;
        }

        if (!SnpCertificateTable.TryRead(auxblob, out SnpCertificateTable? table, out fault))
        {
            return false;
        }

        evidence = new SnpEvidence(outblob, auxblob, table.For(report.SigningKey));
        return true;
    }

    /// <summary>The evidence for the wire.</summary>
    public Quote ToQuote() => Quote.FromRaw([.. Report.Span, .. Table.Span]);
}
