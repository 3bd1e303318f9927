using System.Globalization;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// Requests the certificates of a report from a provider. Nothing is requested for a report that cannot be verified in any case, or for a
/// product line without a trusted root.
/// </summary>
internal static class SnpFetch
{
    private const int TurinIdSize = 8;

    public static async ValueTask<(SnpCollateral? Collateral, CheckFailure? Failure)> GetAsync(
        ICollateralProvider provider,
        SnpReport report,
        ReadOnlyMemory<byte>? vek,
        SnpTrustAnchor anchor,
        CancellationToken cancellationToken)
    {
        if (CheckWorth(report, anchor) is { } hopeless)
        {
            return (null, hopeless);
        }

        List<string> faults = [];
        SnpProductLine? named = NamedLine(vek);
        foreach (SnpProductLine line in Lines(report, anchor).Where(l => named is null || named == l))
        {
            try
            {
                SnpCollateral collateral = await provider.GetSnpAsync(
                    Request(report, line, vek is not null), cancellationToken).ConfigureAwait(false);
                collateral = vek is null ? collateral : collateral with { Vek = vek };
                List<string> missing = Missing(collateral);
                if (missing.Count == 0)
                {
                    return (collateral, null);
                }

                faults.AddRange(missing);
            }
            catch (CollateralException e)
            {
                faults.Add(e.Message);
            }
        }

        return (
            null,
            new CheckFailure(VerdictReason.CollateralMissing, Expected(report, anchor), string.Join("; ", faults)) { IsTransient = true });
    }

    private static CheckFailure? CheckWorth(SnpReport report, SnpTrustAnchor anchor)
    {
        if (report.SigningKey == SnpSigningKey.None)
        {
            return new CheckFailure(VerdictReason.CollateralMissing, "a report that names the key that signed it", "one that is not signed")
            {
                Remedy = "The host masks the key (MASK_CHIP_KEY): have it unmasked. Nothing was fetched.",
            };
        }

        if (report.SigningKey == SnpSigningKey.Vcek && !report.ChipId.ContainsAnyExcept((byte)0))
        {
            return new CheckFailure(
                VerdictReason.CollateralMissing, "a report that names its chip, whose VCEK can be asked for", "a chip id of zero")
            {
                Remedy = "The host hides the chip id (MASK_CHIP_ID): have it shown. Nothing was fetched.",
            };
        }

        return Lines(report, anchor).Any()
            ? null
            : new CheckFailure(
                VerdictReason.ChainUntrusted,
                $"a report of a product line that has a root here: {string.Join(", ", anchor.ProductLines)}",
                report.CpuLine is null or SnpProductLine.Unknown ? "one of another product line" : $"one of {report.CpuLine}");
    }

    // Before version 3, a report does not state its product line, but ids of Turin are shorter: the rest is zero.
    private static IEnumerable<SnpProductLine> Lines(SnpReport report, SnpTrustAnchor anchor) =>
        report.CpuLine is { } line ? anchor.ProductLines.Where(l => l == line)
        : report.SigningKey == SnpSigningKey.Vlek ? anchor.ProductLines
        : report.ChipId[TurinIdSize..].ContainsAnyExcept((byte)0) ? anchor.ProductLines.Where(l => l != SnpProductLine.Turin)
        : anchor.ProductLines.Where(l => l == SnpProductLine.Turin);

    // A given certificate names its line. A wrong name has no effect: it only selects the issuers to request, under which the certificate
    // is then verified.
    private static SnpProductLine? NamedLine(ReadOnlyMemory<byte>? vek) =>
        vek is { } der
        && Certificate.TryParse(der, AmdCertificates.Profile, out Certificate? certificate, out _)
        && VekExtensions.TryRead(certificate, out VekExtensions? extensions, out _)
            ? extensions.ProductLine
            : null;

    private static SnpCollateralRequest Request(SnpReport report, SnpProductLine line, bool hasVek) => hasVek
        ? SnpCollateralRequest.ForIssuers(report.SigningKey, line)
        : new SnpCollateralRequest(
            report.SigningKey,
            line,
            report.SigningKey == SnpSigningKey.Vlek ? string.Empty : Convert.ToHexStringLower(report.ChipId),
            report.ReportedTcb);

    private static string Expected(SnpReport report, SnpTrustAnchor anchor)
    {
        string key = report.SigningKey == SnpSigningKey.Vlek
            ? "the VLEK"
            : $"the VCEK of the chip {Convert.ToHexStringLower(report.ChipId)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{key} for the TCB 0x{report.ReportedTcb:x16} ({string.Join(" or ", Lines(report, anchor))}), with its issuer and revocation "
            + $"list");
    }

    private static List<string> Missing(SnpCollateral collateral)
    {
        List<string> missing = [];
        if (collateral.Vek is not { IsEmpty: false })
        {
            missing.Add("no VCEK or VLEK certificate");
        }

        if (collateral.Ask is not { IsEmpty: false })
        {
            missing.Add("no ASK or ASVK certificate");
        }

        if (collateral.RevocationList is not { IsEmpty: false })
        {
            missing.Add("no revocation list of the root (ARK)");
        }

        return missing;
    }
}
