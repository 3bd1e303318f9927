using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Cli.Collateral;

/// <summary>Which collateral to fetch: that of evidence, and that of platforms by name.</summary>
internal sealed record CollateralPlan
{
    public IReadOnlyList<Quote> Evidence { get; init; } = [];

    public IReadOnlyList<DcapCollateralRequest> Families { get; init; } = [];

    public IReadOnlyList<SnpCollateralRequest> ProductLines { get; init; } = [];

    /// <summary>Fetches everything.</summary>
    /// <exception cref="CollateralException">A source has no answer.</exception>
    /// <exception cref="CommandException">No collateral can make evidence acceptable.</exception>
    public async Task<IReadOnlyList<FetchedCollateral>> FetchAsync(
        ICollateralProvider source, CollateralAnchors anchors, TimeProvider clock, CancellationToken cancellationToken)
    {
        var record = new RecordingProvider(source);
        foreach (Quote quote in Evidence)
        {
            int before = record.Count;
            Verdict verdict = await VerifyAsync(quote, record, anchors, clock, cancellationToken);
            if (record.Count == before)
            {
                throw new CommandException(
                    ExitCodes.VerificationFailed,
                    $"This evidence is refused whatever the collateral is, so nothing was fetched for it. {verdict.Summary}");
            }
        }

        foreach (DcapCollateralRequest family in Families)
        {
            await record.GetDcapAsync(family, cancellationToken);
        }

        foreach (SnpCollateralRequest line in ProductLines)
        {
            await record.GetSnpAsync(line, cancellationToken);
        }

        return record.Faults.Count > 0
            ? throw new CollateralException(string.Join(' ', record.Faults.Distinct(StringComparer.Ordinal)))
            : [.. record.PckChains, .. record.Dcap.DistinctBy(d => d.Request), .. record.Snp.DistinctBy(s => s.Request)];
    }

    /// <summary>Verifies evidence of any kind for any code; the verifier asks the source for what it needs.</summary>
    public static async Task<Verdict> VerifyAsync(
        Quote quote, ICollateralProvider source, CollateralAnchors anchors, TimeProvider clock, CancellationToken cancellationToken)
    {
        var verifier = new EvidenceVerifier(
            new DcapQuoteVerifier(anchors.Intel, source, clock), new SnpReportVerifier(anchors.Amd, source, clock));
        return await verifier.VerifyAsync(quote, Expect(quote), cancellationToken);
    }

    /// <summary>Expects the evidence's own values, so that only its authenticity and its platform are verified.</summary>
    private static QuoteExpectation Expect(Quote quote)
    {
        if (SnpEvidence.Recognizes(quote))
        {
            return new QuoteExpectation
            {
                ReportData = Claims(quote)?.ReportData ?? ReportData.FromBytes(new byte[ReportData.Size]),
                Package = new PackageProperties { Debug = Claims(quote) is { Debug: true }, Snp = new SnpProperties() },
            };
        }

        QuoteClaims? claims = DcapQuoteContent.TryRead(quote, out DcapQuoteContent? content, out _) ? content.Claims : null;
        return new QuoteExpectation
        {
            ReportData = claims?.ReportData ?? ReportData.FromBytes(new byte[ReportData.Size]),
            Package = new PackageProperties
            {
                Debug = claims is { Debug: true },
                AcceptedTcbStatuses = [nameof(TcbStatus.UpToDate)],
            },
        };
    }

    /// <summary>The claims of a report, not verified: a verdict without certificates contains only these.</summary>
    private static QuoteClaims? Claims(Quote quote) => new SnpReportVerifier(SnpTrustAnchor.Amd, timeProvider: TimeProvider.System)
        .VerifyAsync(
            quote,
            new QuoteExpectation
            {
                ReportData = ReportData.FromBytes(new byte[ReportData.Size]),
                Package = new PackageProperties { Snp = new SnpProperties() },
            })
        .AsTask().GetAwaiter().GetResult().Claims;
}
