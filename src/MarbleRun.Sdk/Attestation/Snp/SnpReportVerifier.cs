using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// Verifies attestation reports of AMD SEV-SNP, version 2 to 5, of Milan, Genoa and Turin, in managed code: structure, certificate chain, signature, product,
/// TCB, chip, dates, revocation, report data and package, in this order. The checks are listed in docs/attestation-verdicts-snp.md.
/// </summary>
/// <remarks>
/// It holds no state between calls and may be used by several threads at once. AMD publishes no TCB status: <see cref="QuoteClaims.TcbStatus"/> stays Unknown,
/// <see cref="PackageProperties.AcceptedTcbStatuses"/> is not looked at, and <see cref="SnpProperties.MinimumTcb"/> decides what is patched enough.
/// A package names the machine in <see cref="PackageProperties.Snp"/>; what it says of SGX code is not compared with reports, and a package that names SGX
/// code alone refuses them. In the claims, <see cref="QuoteClaims.UniqueId"/> is MEASUREMENT, <see cref="QuoteClaims.SignerId"/> is ID_KEY_DIGEST and
/// <see cref="QuoteClaims.SecurityVersion"/> is GUEST_SVN, or 65535 if that is higher.
/// A report may come with its host's certificate table (<see cref="SnpEvidence"/>): the VCEK or VLEK in it is then not fetched. ASK and ARK from there are taken
/// only where nothing else has them, and its revocation list never.
/// </remarks>
public sealed class SnpReportVerifier : IQuoteVerifier
{
    private readonly SnpTrustAnchor _anchor;
    private readonly TimeProvider _timeProvider;
    private readonly SnpCollateral? _collateral;
    private readonly ICollateralProvider? _provider;
    private readonly bool _requireRevocationList;

    /// <summary>Makes a verifier.</summary>
    /// <param name="anchor">The roots to believe.</param>
    /// <param name="timeProvider">Tells the time at which certificates and lists must be valid.</param>
    /// <param name="collateral">The certificates of the key that signed the report; null is nothing.</param>
    /// <param name="requireRevocationList">
    /// Whether a report is refused when <see cref="SnpCollateral.RevocationList"/> is not there. A list that is there is checked in any case.
    /// </param>
    public SnpReportVerifier(SnpTrustAnchor anchor, TimeProvider timeProvider, SnpCollateral? collateral, bool requireRevocationList = true)
    {
        ArgumentNullException.ThrowIfNull(anchor);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _anchor = anchor;
        _timeProvider = timeProvider;
        _collateral = collateral;
        _requireRevocationList = requireRevocationList;
    }

    /// <summary>
    /// Makes a verifier that asks for the certificates of each platform and the revocation list of their root. All of it is then needed, but for the root
    /// itself.
    /// </summary>
    /// <param name="anchor">The roots to believe.</param>
    /// <param name="provider">Where the certificates come from. It is asked before a signature could be checked: let it limit itself, or keep what it got.</param>
    /// <param name="timeProvider">Tells the time at which certificates and lists must be valid.</param>
    public SnpReportVerifier(SnpTrustAnchor anchor, ICollateralProvider provider, TimeProvider timeProvider)
        : this(anchor, timeProvider, collateral: null)
    {
        ArgumentNullException.ThrowIfNull(provider);
        _provider = provider;
    }

    private bool ChecksRevocation => _requireRevocationList || _collateral?.RevocationList is not null;

    /// <inheritdoc />
    public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(quote);
        ArgumentNullException.ThrowIfNull(expectation);
        cancellationToken.ThrowIfCancellationRequested();
        var checks = new VerdictBuilder(SnpRules.Plan(_provider is not null, ChecksRevocation, expectation));
        if (quote.RawData.Length > EvidenceLimits.MostBytes)
        {
            return ValueTask.FromResult(checks.Reject(SnpRules.Structure, EvidenceLimits.TooLarge(quote.RawData.Length), claims: null));
        }

        int size = Math.Min(quote.RawData.Length, SnpReport.Size);
        if (!SnpReport.TryParse(quote.RawData[..size], out SnpReport? report, out CheckFailure? failure))
        {
            return ValueTask.FromResult(checks.Reject(SnpRules.Structure, failure, claims: null));
        }

        if (!SnpCertificateTable.TryRead(quote.RawData[size..], out SnpCertificateTable? table, out string? fault))
        {
            failure = CheckFailure.Malformed("a report, alone or with the host's certificate table behind it", fault);
            return ValueTask.FromResult(checks.Reject(SnpRules.Structure, failure, claims: null));
        }

        checks.Pass(SnpRules.Structure);
        SnpCollateral sent = table.For(report.SigningKey);
        return _provider is null
            ? ValueTask.FromResult(Judge(report, Complete(_collateral, sent), checks, expectation))
            : FetchAndJudgeAsync(_provider, report, sent, checks, expectation, cancellationToken);
    }

    /// <summary>
    /// What is given comes first; of what the machine sent, its certificates fill the gaps. A revocation list from there is not taken: it could be the last one
    /// before the certificate was revoked.
    /// </summary>
    private static SnpCollateral Complete(SnpCollateral? given, SnpCollateral sent) => new()
    {
        Vek = given?.Vek ?? sent.Vek,
        Ask = given?.Ask ?? sent.Ask,
        Ark = given?.Ark ?? sent.Ark,
        RevocationList = given?.RevocationList,
    };

    private async ValueTask<Verdict> FetchAndJudgeAsync(
        ICollateralProvider provider,
        SnpReport report,
        SnpCollateral sent,
        VerdictBuilder checks,
        QuoteExpectation expectation,
        CancellationToken cancellationToken)
    {
        (SnpCollateral? collateral, CheckFailure? failure) = await SnpFetch.GetAsync(provider, report, sent.Vek, _anchor, cancellationToken).ConfigureAwait(false);
        if (failure is not null)
        {
            return checks.Reject(SnpRules.CollateralAvailable, failure, ToClaims(SnpClaims.Of(report)));
        }

        checks.Pass(SnpRules.CollateralAvailable);
        return Judge(report, collateral, checks, expectation);
    }

    private Verdict Judge(SnpReport report, SnpCollateral? collateral, VerdictBuilder checks, QuoteExpectation expectation)
    {
        QuoteClaims claims = ToClaims(SnpClaims.Of(report));
        if (!SnpChain.TryRead(collateral, out SnpChain? chain, out CheckFailure? failure))
        {
            return checks.Reject(SnpRules.ChainStructure, failure, claims);
        }

        checks.Pass(SnpRules.ChainStructure);
        if (!chain.TryFindRoot(_anchor, out SnpRoot? root, out failure))
        {
            return checks.Reject(SnpRules.ChainRoot, failure, claims);
        }

        checks.Pass(SnpRules.ChainRoot);
        if (chain.CheckPath(root) is { } broken)
        {
            return checks.Reject(SnpRules.ChainPath, broken, claims);
        }

        checks.Pass(SnpRules.ChainPath);
        if (!chain.TryReadVek(root, out VekExtensions? vek, out failure))
        {
            return checks.Reject(SnpRules.ChainVek, failure, claims);
        }

        checks.Pass(SnpRules.ChainVek);
        claims = claims with { TrustAnchor = root.Certificate.SubjectText };
        if (FirstFailure(checks, JudgeOrigin(report, chain, vek), claims) is { } foreign)
        {
            return foreign;
        }

        claims = claims with { Snp = claims.Snp! with { ProductLine = vek.ProductLine, CspId = vek.CspId } };
        return FirstFailure(checks, JudgeDates(collateral?.RevocationList, chain, root), claims)
            ?? FirstFailure(checks, JudgePolicy(expectation, claims, root), claims)
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

    /// <summary>Did the platform of this certificate make it?</summary>
    private static IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgeOrigin(SnpReport report, SnpChain chain, VekExtensions vek)
    {
        yield return (SnpRules.SigningKey, SnpBinding.CheckSigningKey(report, vek));
        yield return (SnpRules.ReportSignature, SnpReportSignature.Check(report, chain.Vek));
        yield return (SnpRules.Product, SnpBinding.CheckProduct(report, vek));
        yield return (SnpRules.Tcb, SnpBinding.CheckTcb(report, vek));
        yield return (SnpRules.ChipId, SnpBinding.CheckChipId(report, vek));
    }

    /// <summary>Are the certificates good today?</summary>
    private IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgeDates(ReadOnlyMemory<byte>? revocationList, SnpChain chain, SnpRoot root)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        yield return (SnpRules.ChainValidity, chain.CheckValidity(root, now));
        if (ChecksRevocation)
        {
            yield return (SnpRules.Revocation, revocationList is { } list
                ? chain.CheckRevocation(new PreparedRevocationList(list, AmdCertificates.Profile), root, now)
                : new CheckFailure(VerdictReason.CollateralMissing, $"a revocation list of {root.Certificate.SubjectText}", "none"));
        }
    }

    /// <summary>Does it say what is asked for?</summary>
    private static IEnumerable<(CheckRule Rule, CheckFailure? Failure)> JudgePolicy(QuoteExpectation expectation, QuoteClaims claims, SnpRoot root)
    {
        yield return (PackagePolicy.ReportData, PackagePolicy.CheckReportData(expectation.ReportData, claims.ReportData));
        PackageProperties package = expectation.Package;
        yield return (PackagePolicy.Debug, PackagePolicy.Check(PackagePolicy.Debug, package, claims));
        yield return (PackagePolicy.Tee, PackagePolicy.Check(PackagePolicy.Tee, package, claims));
        foreach (SnpPolicyCheck check in SnpPolicy.Plan(package.Snp))
        {
            yield return (check.Rule, SnpPolicy.Check(check, package.Snp, claims.Snp!));
        }

        foreach (CheckRule rule in PlatformPolicy.Plan(expectation))
        {
            yield return (rule, PlatformPolicy.CheckSnp(rule, expectation, root.Certificate.Der.Span));
        }
    }

    private static QuoteClaims ToClaims(SnpClaims snp) => new()
    {
        Tee = TeeType.Snp,
        UniqueId = snp.Measurement,
        SignerId = snp.IdKeyDigest,
        ProductId = 0,

        // GUEST_SVN has 32 bits. Policy looks at all of them; this is the nearest number that fits.
        SecurityVersion = (ushort)Math.Min(snp.GuestSvn, ushort.MaxValue),
        Debug = snp.Debug,
        ReportData = ReportData.FromBytes(Convert.FromHexString(snp.ReportData)),
        Snp = snp,
    };
}
