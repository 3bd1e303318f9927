namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Verifies Intel SGX quotes of version 3 in managed code: structure, PCK certificate chain, quoting enclave, signatures, dates, revocation,
/// report data, package and TCB status, in this order. The checks are listed in docs/attestation-verdicts.md.
/// </summary>
/// <remarks>
/// It holds no state between calls and may be used by several threads at once. TCB info and QE identity are not evaluated yet: under an anchor that
/// requires collateral the check <c>tcb.status</c> fails with <see cref="VerdictReason.CollateralMissing"/> after all others passed.
/// </remarks>
public sealed class DcapQuoteVerifier : IQuoteVerifier
{
    private readonly DcapTrustAnchor _anchor;
    private readonly TimeProvider _timeProvider;
    private readonly DcapCollateral? _collateral;
    private readonly bool _requiresCollateral;

    /// <summary>Makes a verifier.</summary>
    /// <param name="anchor">The root to believe.</param>
    /// <param name="timeProvider">Tells the time at which certificates and lists must be valid.</param>
    /// <param name="collateral">What is known about platforms; null is nothing.</param>
    public DcapQuoteVerifier(DcapTrustAnchor anchor, TimeProvider timeProvider, DcapCollateral? collateral = null)
        : this(anchor, timeProvider, collateral, requiresCollateral: true)
    {
    }

    /// <summary>Makes a verifier that, if told so, judges the evidence alone. For tests against evidence of which no collateral was kept.</summary>
    internal DcapQuoteVerifier(DcapTrustAnchor anchor, TimeProvider timeProvider, DcapCollateral? collateral, bool requiresCollateral)
    {
        ArgumentNullException.ThrowIfNull(anchor);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _anchor = anchor;
        _timeProvider = timeProvider;
        _collateral = collateral;
        _requiresCollateral = requiresCollateral && anchor.RequiresCollateral;
    }

    /// <inheritdoc />
    public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(quote);
        ArgumentNullException.ThrowIfNull(expectation);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Verify(quote, expectation));
    }

    private Verdict Verify(Quote quote, QuoteExpectation expectation)
    {
        var checks = new VerdictBuilder(DcapRules.Plan(_collateral, expectation.Package));
        if (!SgxQuote.TryParse(quote.RawData, out SgxQuote? sgx, out CheckFailure? failure))
        {
            return checks.Reject(DcapRules.Structure, failure, claims: null);
        }

        checks.Pass(DcapRules.Structure);
        QuoteClaims claims = sgx.Body.ToClaims();
        if (!PckChain.TryRead(sgx, _collateral, out PckChain? chain, out failure))
        {
            return checks.Reject(DcapRules.ChainStructure, failure, claims);
        }

        checks.Pass(DcapRules.ChainStructure);
        if (FirstFailure(checks, JudgeOrigin(sgx, chain), claims) is { } foreign)
        {
            return foreign;
        }

        // Software has no TCB that could be out of date.
        claims = claims with { TrustAnchor = _anchor.Name, TcbStatus = _anchor.IsSimulation ? TcbStatus.UpToDate : TcbStatus.Unknown };
        return FirstFailure(checks, JudgeDates(chain, _timeProvider.GetUtcNow()), claims)
            ?? FirstFailure(checks, JudgePolicy(expectation, claims), claims)
            ?? checks.Accept(claims);
    }

    /// <summary>Runs checks, each only if the one before passed.</summary>
    private static Verdict? FirstFailure(VerdictBuilder checks, IEnumerable<(CheckRule Rule, CheckFailure? Failure)> results, QuoteClaims claims)
    {
        foreach ((CheckRule rule, CheckFailure? failure) in results)
        {
            if (failure is not null)
            {
                return checks.Reject(rule, failure, claims);
            }

            checks.Pass(rule);
        }

        return null;
    }

    /// <summary>Did a platform under the trusted root make it?</summary>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgeOrigin(SgxQuote quote, PckChain chain)
    {
        yield return (DcapRules.ChainRoot, chain.CheckRoot(_anchor));
        yield return (DcapRules.ChainPath, chain.CheckPath());
        yield return (DcapRules.ChainPck, chain.CheckPck());
        yield return (DcapRules.QeSignature, DcapSignatures.CheckQeReport(quote, chain.Leaf));
        yield return (DcapRules.QeBinding, DcapSignatures.CheckQeBinding(quote));
        yield return (DcapRules.QuoteSignature, DcapSignatures.CheckQuote(quote));
    }

    /// <summary>Is the platform's certificate good today?</summary>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgeDates(PckChain chain, DateTimeOffset now)
    {
        yield return (DcapRules.ChainValidity, chain.CheckValidity(now));
        if (_collateral?.RootRevocationList is { } rootList)
        {
            yield return (DcapRules.RootRevocation, DcapRevocation.Check(rootList, chain.Authority, chain.Root, now));
        }

        if (_collateral?.PckRevocationList is { } pckList)
        {
            yield return (DcapRules.PckRevocation, DcapRevocation.Check(pckList, chain.Leaf, chain.Authority, now));
        }
    }

    /// <summary>Does it say what is asked for?</summary>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgePolicy(QuoteExpectation expectation, QuoteClaims claims)
    {
        yield return (PackagePolicy.ReportData, PackagePolicy.CheckReportData(expectation.ReportData, claims.ReportData));
        foreach (CheckRule rule in PackagePolicy.Plan(expectation.Package))
        {
            yield return (rule, PackagePolicy.Check(rule, expectation.Package, claims));
        }

        foreach (CheckRule rule in TcbPolicy.Plan(expectation.Package))
        {
            yield return (rule, CheckTcb(rule, expectation.Package, claims));
        }
    }

    private CheckFailure? CheckTcb(CheckRule rule, PackageProperties package, QuoteClaims claims) =>
        _requiresCollateral ? MissingCollateral()
        : !_anchor.IsSimulation ? null
        : rule == TcbPolicy.Advisories ? TcbPolicy.CheckAdvisories(package, claims.TcbStatus, claims.Advisories)
        : TcbPolicy.CheckStatus(package, claims.TcbStatus);

    private CheckFailure MissingCollateral()
    {
        List<string> missing = ["no TCB info", "no QE identity"];
        if (_collateral?.RootRevocationList is null)
        {
            missing.Add("no revocation list of the root CA");
        }

        if (_collateral?.PckRevocationList is null)
        {
            missing.Add("no revocation list of the PCK CA");
        }

        return new CheckFailure(VerdictReason.CollateralMissing, "collateral to judge the platform's TCB status by", string.Join(", ", missing))
        {
            Remedy = "The quote is genuine and fits, but nothing tells whether the platform is patched and not revoked. "
                + $"Give the verifier the collateral of {_anchor.Name}.",
        };
    }
}
