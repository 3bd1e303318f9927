using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>One quote on its way to a verdict: first the evidence, which needs nothing else, then the platform, which needs collateral.</summary>
internal sealed class DcapVerification(
    DcapTrustAnchor anchor,
    PckChainCache chains,
    EvaluationNumbers numbers,
    bool requiresCollateral,
    QuoteExpectation expectation)
{
    private VerdictBuilder _checks = null!;
    private DcapQuote _quote = null!;
    private PckChain _chain = null!;
    private QuoteClaims _claims = null!;
    private bool _isFetched;

    /// <summary>Why a provider gave no chain for a quote that only names its platform; null if none was asked.</summary>
    public string? ChainFault { get; set; }

    /// <summary>What to ask a provider for, when the evidence was found to be good.</summary>
    public DcapCollateralRequest CollateralRequest => new(_quote.Tee, Convert.ToHexString(_chain.Platform.Fmspc.Span), _chain.AuthorityKind);

    /// <summary>The chain under which the evidence was found to be genuine; null before, or if it is not.</summary>
    public PckChain? ProvenChain { get; private set; }

    /// <summary>
    /// Null if a quote that only names its platform holds together: its attestation key signed it, and its quoting enclave's report names that key. It proves no platform,
    /// but nothing is fetched for what fails here.
    /// </summary>
    public Verdict? RejectUnsigned(DcapQuote quote)
    {
        _checks = new VerdictBuilder(DcapRules.NamedPlan(expectation, quote.Tee));
        _checks.Pass(DcapRules.Structure);
        _claims = quote.ToClaims();
        return FirstFailure([(DcapRules.QeBinding, DcapSignatures.CheckQeBinding(quote))])
            ?? FirstFailure([(DcapRules.QuoteSignature, DcapSignatures.CheckQuote(quote))]);
    }

    /// <summary>Null if a platform under the anchor made the quote, and its certificates are valid.</summary>
    public Verdict? JudgeEvidence(Quote evidence, DcapPlan plan, DcapCollateral? collateral, DateTimeOffset now)
    {
        bool isReadable = DcapQuote.TryParse(evidence.RawData, out DcapQuote? quote, out CheckFailure? failure);
        _checks = new VerdictBuilder(DcapRules.Plan(plan, expectation, quote?.Tee ?? TeeType.Sgx));
        if (!isReadable)
        {
            return _checks.Reject(DcapRules.Structure, failure!, claims: null);
        }

        _checks.Pass(DcapRules.Structure);
        _quote = quote!;
        _claims = _quote.ToClaims();
        PckChain? known = null;
        PckChain? chain = null;
        if (!PckChain.TryFind(_quote, collateral, out ReadOnlyMemory<byte> pem, out failure)
            || ((known = chains.Find(pem.Span)) is null && !PckChain.TryReadPem(pem.Span, out chain, out failure)))
        {
            return _checks.Reject(DcapRules.ChainStructure, ChainFault is null ? failure : NoChain(ChainFault), _claims);
        }

        _checks.Pass(DcapRules.ChainStructure);
        _chain = known ?? chain!;
        if (FirstFailure(JudgeOrigin(isKnown: known is not null)) is { } foreign)
        {
            return foreign;
        }

        if (known is null)
        {
            chains.Keep(pem.Span, _chain);
        }

        ProvenChain = _chain;
        _claims = _claims with { TrustAnchor = anchor.Name, Platform = _chain.Describe(new SgxReportBody(_quote.QeReport.Span).SecurityVersion) };
        return FirstFailure([(DcapRules.ChainValidity, _chain.CheckValidity(now))]);
    }

    /// <summary>The rest, with collateral that a provider gave.</summary>
    public Verdict JudgeFetched(PreparedCollateral collateral, DateTimeOffset now)
    {
        _checks.Pass(DcapRules.CollateralAvailable);
        _isFetched = true;
        return JudgePlatform(collateral, now);
    }

    /// <summary>The end, when a provider gave nothing.</summary>
    public Verdict RejectForFetch(string found) =>
        _checks.Reject(
            DcapRules.CollateralAvailable,
            new CheckFailure(VerdictReason.CollateralMissing, $"the collateral of FMSPC {CollateralRequest.Fmspc} ({_quote.Tee})", found) { IsTransient = true },
            _claims);

    /// <summary>The rest, with the collateral that is there.</summary>
    public Verdict JudgePlatform(PreparedCollateral? collateral, DateTimeOffset now)
    {
        if ((FirstFailure(BySource(JudgeRevocation(collateral, now))) ?? FirstFailure(BySource(JudgeCollateral(collateral, now)))) is { } rejected)
        {
            return rejected;
        }

        Evaluate(collateral);
        return FirstFailure(JudgePolicy(collateral)) ?? _checks.Accept(_claims);
    }

    /// <summary>Collateral that a source gave and that is not to be used is the source's fault, and may be another in a moment; what it says of the platform is not.</summary>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> BySource(IEnumerable<(CheckRule Rule, CheckFailure? Failure)> checks) =>
        _isFetched
            ? checks.Select(c => (c.Rule, c.Failure is { Reason: not VerdictReason.Revoked } failure && c.Rule != DcapRules.QeIdentityMatch && c.Rule != DcapRules.TdxModule
                ? failure with { IsTransient = true }
                : c.Failure))
            : checks;

    /// <summary>Takes results one by one, each only if the one before passed: who yields them makes the next check only then.</summary>
    private Verdict? FirstFailure(IEnumerable<(CheckRule Rule, CheckFailure? Failure)> checks)
    {
        foreach ((CheckRule rule, CheckFailure? failure) in checks)
        {
            if (failure is not null)
            {
                return _checks.Reject(rule, failure, _claims);
            }

            _checks.Pass(rule);
        }

        return null;
    }

    /// <summary>Did a platform under the trusted root make it?</summary>
    /// <param name="isKnown">Whether the very chain passed before: neither time nor the quote can change what its own checks say.</param>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgeOrigin(bool isKnown)
    {
        yield return (DcapRules.ChainRoot, isKnown ? null : _chain.CheckRoot(anchor));
        yield return (DcapRules.ChainPath, isKnown ? null : _chain.CheckPath());
        yield return (DcapRules.ChainPck, isKnown ? null : _chain.CheckPck());
        yield return (DcapRules.QeSignature, DcapSignatures.CheckQeReport(_quote, _chain));
        yield return (DcapRules.QeBinding, DcapSignatures.CheckQeBinding(_quote));
        yield return (DcapRules.QuoteSignature, DcapSignatures.CheckQuote(_quote));
    }

    /// <summary>Is the platform's certificate revoked?</summary>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgeRevocation(PreparedCollateral? collateral, DateTimeOffset now)
    {
        if (collateral?.RootList is { } rootList)
        {
            yield return (DcapRules.RootRevocation, rootList.Check(_chain.Authority, _chain.Root, now));
        }

        if (collateral?.PckList is { } pckList)
        {
            yield return (DcapRules.PckRevocation, pckList.Check(_chain.Leaf, _chain.Authority, now));
        }
    }

    /// <summary>Is the collateral genuine, current, and about this platform?</summary>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgeCollateral(PreparedCollateral? collateral, DateTimeOffset now)
    {
        if (collateral?.TcbInfo is { } info)
        {
            yield return (DcapRules.TcbInfoChain, CheckSigner(info, collateral.RootList, now));
            yield return (DcapRules.TcbInfoSignature, info.SignatureFailure);
            yield return (DcapRules.TcbInfoStructure, info.StructureFailure);
            yield return (DcapRules.TcbInfoValidity, CheckDates("TCB info", info.Document!.IssueDate, info.Document.NextUpdate, now));
            yield return (DcapRules.TcbInfoPlatform, DcapMatch.CheckPlatform(info.Document!, _quote.Tee, _chain.Platform));
            yield return (DcapRules.TcbInfoEvaluation, numbers.Check(info.Document!));
        }

        if (collateral?.QeIdentity is { } identity)
        {
            yield return (DcapRules.QeIdentityChain, CheckSigner(identity, collateral.RootList, now));
            yield return (DcapRules.QeIdentitySignature, identity.SignatureFailure);
            yield return (DcapRules.QeIdentityStructure, identity.StructureFailure);
            yield return (DcapRules.QeIdentityValidity, CheckDates("QE identity", identity.Document!.IssueDate, identity.Document.NextUpdate, now));
            yield return (DcapRules.QeIdentityMatch, DcapMatch.CheckQe(identity.Document!, _quote));
            yield return (DcapRules.QeIdentityEvaluation, numbers.Check(identity.Document!, _chain.Platform.Fmspc.Span));
        }

        if (collateral?.TcbInfo is { } module && _quote.Tee == TeeType.Tdx)
        {
            yield return (DcapRules.TdxModule, TcbEvaluation.CheckModule(module.Document!, new TdReportBody(_quote.Body.Span)));
        }
    }

    /// <summary>Does it say what is asked for?</summary>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgePolicy(PreparedCollateral? collateral)
    {
        yield return (PackagePolicy.ReportData, PackagePolicy.CheckReportData(expectation.ReportData, _claims.ReportData));
        foreach (CheckRule rule in PackagePolicy.Plan(expectation.Package, _quote.Tee))
        {
            yield return (rule, PackagePolicy.Check(rule, expectation.Package, _claims));
        }

        foreach (CheckRule rule in PlatformPolicy.Plan(expectation))
        {
            yield return (rule, PlatformPolicy.Check(rule, expectation, _claims.Platform!));
        }

        foreach (CheckRule rule in TcbPolicy.Plan(expectation.Package))
        {
            yield return (rule, CheckTcb(rule, collateral));
        }
    }

    // Root and TCB signing certificate must be good today too; the root's list, which was judged before, tells whether the signer is revoked.
    private static CheckFailure? CheckSigner<T>(PreparedDocument<T> document, PreparedRevocationList? rootList, DateTimeOffset now)
        where T : class =>
        document.ChainFailure
        ?? CertificatePath.CheckValidity([document.Chain!.Root, document.Chain.Signer], now)
        ?? rootList?.Check(document.Chain.Signer, document.Chain.Root, now);

    private CheckFailure NoChain(string fault) =>
        new(VerdictReason.CollateralMissing, $"the PCK certificate chain of the platform, which the quote only names (type {_quote.CertificationType})", fault)
        {
            IsTransient = true,
        };

    private static CheckFailure? CheckDates(string name, DateTimeOffset from, DateTimeOffset to, DateTimeOffset now) =>
        now < from || now > to
            ? Validity.Failure($"a {name}", now, "one", from, to)
            : null;

    private CheckFailure? CheckTcb(CheckRule rule, PreparedCollateral? collateral)
    {
        if (requiresCollateral && PreparedCollateral.Missing(collateral?.Source) is { Count: > 0 } missing)
        {
            return new CheckFailure(VerdictReason.CollateralMissing, "collateral to judge the platform's TCB status by", string.Join(", ", missing))
            {
                Remedy = "The quote is genuine and fits, but nothing tells whether the platform is patched and not revoked. "
                    + $"Give the verifier the collateral of {anchor.Name}.",
            };
        }

        bool judgesEvidenceAlone = !requiresCollateral && !anchor.IsSimulation && collateral is not { TcbInfo: not null, QeIdentity: not null };
        return judgesEvidenceAlone ? null
            : rule == TcbPolicy.Advisories ? TcbPolicy.CheckAdvisories(expectation.Package, _claims.TcbStatus, _claims.Advisories)
            : TcbPolicy.CheckStatus(expectation.Package, _claims.TcbStatus, TcbParts.Of(_quote.Tee, _claims));
    }

    private void Evaluate(PreparedCollateral? collateral)
    {
        if (collateral is { TcbInfo.Document: { } info, QeIdentity.Document: { } identity })
        {
            TcbEvaluation tcb = TcbEvaluation.Evaluate(_quote, _chain.Platform, info, identity);
            _claims = _claims with
            {
                TcbStatus = tcb.Status,
                Advisories = tcb.Advisories,
                Platform = _claims.Platform! with
                {
                    PlatformTcb = tcb.Platform,
                    QeTcb = tcb.Qe,
                    TdxModuleTcb = tcb.TdxModule,
                    CurrentTcbStatus = tcb.StatusNow,
                    CurrentPlatformTcb = tcb.PlatformNow,
                    CurrentTdxModuleTcb = tcb.TdxModuleNow,
                    TcbEvaluationDataNumber = info.EvaluationDataNumber,
                },
            };
        }
        else if (anchor.IsSimulation && collateral is not { TcbInfo: not null } and not { QeIdentity: not null })
        {
            // Software has no TCB that could be out of date.
            _claims = _claims with { TcbStatus = TcbStatus.UpToDate };
        }
    }
}
