using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// The data of the checks of a report of SEV-SNP. The parts of the evidence and its certificates are set if the earlier checks passed;
/// otherwise the failure beside each gives the reason.
/// </summary>
/// <param name="Anchor">The trusted roots.</param>
/// <param name="AsksSource">Whether a source provides the certificates.</param>
/// <param name="ChecksRevocation">Whether the root's revocation list is checked.</param>
/// <param name="Expectation">The required content of the report.</param>
internal sealed record SnpContext(SnpTrustAnchor Anchor, bool AsksSource, bool ChecksRevocation, QuoteExpectation Expectation)
    : CheckContext(Expectation, Claims: null)
{
    public CheckFailure? ReportFailure { get; private init; }

    public CheckFailure? FetchFailure { get; init; }

    public CheckFailure? ChainFailure { get; private init; }

    public CheckFailure? RootFailure { get; private init; }

    public CheckFailure? VekFailure { get; private init; }

    [field: MaybeNull]
    public SnpReport Report { get => Known(field, "report"); private init; }

    /// <summary>The certificates that the machine sent with its report.</summary>
    [field: MaybeNull]
    public SnpCollateral Sent { get => Known(field, "certificate table"); private init; }

    [field: MaybeNull]
    public SnpChain Chain { get => Known(field, "certificates"); private init; }

    [field: MaybeNull]
    public SnpRoot Root { get => Known(field, "root"); private init; }

    [field: MaybeNull]
    public VekExtensions Vek { get => Known(field, "VEK's extensions"); private init; }

    public ReadOnlyMemory<byte>? RevocationList { get; private init; }

    /// <summary>The time at which certificates and lists must be valid.</summary>
    public DateTimeOffset Now { get; init; }

    /// <summary>Reads the evidence: a report, and the host's certificate table behind it.</summary>
    public SnpContext Read(ReadOnlyMemory<byte> evidence)
    {
        if (evidence.Length > EvidenceLimits.MostBytes)
        {
            return this with { ReportFailure = EvidenceLimits.TooLarge(evidence.Length) };
        }

        int size = Math.Min(evidence.Length, SnpReport.Size);
        if (!SnpReport.TryParse(evidence[..size], out SnpReport? report, out CheckFailure? failure))
        {
            return this with { ReportFailure = failure };
        }

        return SnpCertificateTable.TryRead(evidence[size..], out SnpCertificateTable? table, out string? fault)
            ? this with { Report = report, Sent = table.For(report.SigningKey), Claims = SnpReportClaims.Of(report) }
            : this with { ReportFailure = CheckFailure.Malformed("a report, alone or with the host's certificate table behind it", fault) };
    }

    /// <summary>Reads the certificates.</summary>
    public SnpContext WithChain(SnpCollateral? collateral) => SnpChain.TryRead(collateral, out SnpChain? chain, out CheckFailure? failure)
        ? this with { Chain = chain, RevocationList = collateral?.RevocationList }
        : this with { ChainFailure = failure };

    /// <summary>Finds the root of the certificates among the trusted roots.</summary>
    public SnpContext WithRoot() => Chain.TryFindRoot(Anchor, out SnpRoot? root, out CheckFailure? failure)
        ? this with { Root = root }
        : this with { RootFailure = failure };

    /// <summary>Reads the platform of the VCEK or VLEK.</summary>
    public SnpContext WithVek() => Chain.TryReadVek(Root, out VekExtensions? vek, out CheckFailure? failure)
        ? this with { Vek = vek }
        : this with { VekFailure = failure };

    /// <summary>The certificates lead to the root.</summary>
    public SnpContext Traced() => this with { Claims = Said with { TrustAnchor = Root.Certificate.SubjectText } };

    /// <summary>Adds the claims of the certificates, after the report was verified under them.</summary>
    public SnpContext Proven() =>
        this with { Claims = Said with { Snp = Said.Snp! with { ProductLine = Vek.ProductLine, CspId = Vek.CspId } } };

    /// <summary>Null if the list is there, and neither the intermediate CA nor the root is on it.</summary>
    public CheckFailure? CheckRevocation() => RevocationList is { } list
        ? Chain.CheckRevocation(new PreparedRevocationList(list, AmdCertificates.Profile), Root, Now)
        : new CheckFailure(VerdictReason.CollateralMissing, $"a revocation list of {Root.Certificate.SubjectText}", "none");
}
