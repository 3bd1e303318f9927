using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Attestation.Evidence;

/// <summary>
/// Verifies evidence of every kind, with one verifier for reports of AMD SEV-SNP (<see cref="SnpEvidence.Recognizes"/>), and another one
/// for quotes of Intel SGX and TDX and everything else. The expected package defines which code may run: a quote of a kind that it does not
/// name is refused (<c>package.tee</c>).
/// </summary>
public sealed class EvidenceVerifier : IQuoteVerifier
{
    private static readonly Check<CheckContext> s_kind = new(
        new CheckRule(
            "evidence.kind",
            "MarbleRun policy, kinds of evidence",
            "This verifier supports only SGX and TDX. A simulation, for instance, does not support SEV-SNP."),
        _ => CheckFailure.Unsupported("a quote of Intel SGX or TDX", "what looks like a report of AMD SEV-SNP"));

    private readonly IQuoteVerifier _dcap;
    private readonly IQuoteVerifier? _snp;

    /// <summary>Creates a verifier from two verifiers.</summary>
    /// <param name="dcap">Verifies SGX and TDX, and unrecognised evidence.</param>
    /// <param name="snp">Verifies SEV-SNP; null to refuse it.</param>
    public EvidenceVerifier(IQuoteVerifier dcap, IQuoteVerifier? snp)
    {
        ArgumentNullException.ThrowIfNull(dcap);
        _dcap = dcap;
        _snp = snp;
    }

    /// <summary>Creates a verifier that trusts the hardware of Intel and AMD and no simulation.</summary>
    /// <param name="provider">
    /// The source of collateral. With null, nothing is fetched, and evidence is refused because collateral is missing.
    /// </param>
    /// <param name="timeProvider">
    /// The clock that certificates, lists and documents are checked against; null, the default, for the system's clock.
    /// </param>
    public static EvidenceVerifier ForHardware(ICollateralProvider? provider, TimeProvider? timeProvider = null) =>
        ForRoots(DcapTrustAnchor.IntelSgx, SnpTrustAnchor.Amd, provider, timeProvider);

    /// <summary>Creates a verifier that trusts the given roots.</summary>
    /// <param name="intel">The root of SGX and TDX.</param>
    /// <param name="amd">The roots of SEV-SNP.</param>
    /// <param name="provider">The source of collateral; null for no source.</param>
    /// <param name="timeProvider">The clock; null, the default, for the system's clock.</param>
    public static EvidenceVerifier ForRoots(
        DcapTrustAnchor intel, SnpTrustAnchor amd, ICollateralProvider? provider, TimeProvider? timeProvider = null) =>
        provider is null
            ? new EvidenceVerifier(
                new DcapQuoteVerifier(intel, timeProvider: timeProvider), new SnpReportVerifier(amd, timeProvider: timeProvider))
            : new EvidenceVerifier(
                new DcapQuoteVerifier(intel, provider, timeProvider), new SnpReportVerifier(amd, provider, timeProvider));

    /// <inheritdoc />
    public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(quote);
        ArgumentNullException.ThrowIfNull(expectation);
        if (!SnpEvidence.Recognizes(quote))
        {
            return _dcap.VerifyAsync(quote, expectation, cancellationToken);
        }

        return _snp is null
            ? ValueTask.FromResult(new CheckRun<CheckContext>([s_kind]).Finish(new CheckContext(expectation, Claims: null)))
            : _snp.VerifyAsync(quote, expectation, cancellationToken);
    }
}
