using System.Runtime.CompilerServices;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Verifies quotes of Intel SGX (versions 3 and 4) and Intel TDX (versions 4 and 5) in managed code: structure, PCK certificate chain,
/// quoting enclave, signatures, dates, revocation, TCB info, QE identity, TDX module, report data, package and TCB status, in this order.
/// The checks are listed in docs/attestation-verdicts.md.
/// </summary>
/// <remarks>
/// It may be used by several threads at once, and is meant to be kept: what can't change is checked once. Collateral is read and its
/// signatures are checked once for each <see cref="DcapCollateral"/> instance. Of the certificate chains that led to the anchor the
/// verifier keeps up to 256, by their exact bytes, so that of a machine's next quote only the two signatures are verified that are new: the
/// quoting enclave's report and the quote. Dates, revocation, TCB status and everything that depends on the quote are checked each time;
/// the verdict is the same as if nothing had been kept. Nothing is fetched unless a provider is given, and then only for quotes whose
/// signatures lead to the anchor; a quote that only names its platform (certification data type 1, 2 or 3) needs the platform's chain
/// before: its own two signatures are checked first, and the chain of a platform that was verified once is kept. Of genuine, current TCB
/// info and QE identities the verifier remembers the highest <c>tcbEvaluationDataNumber</c> for each TEE and family, and refuses lower ones
/// from then on.
/// </remarks>
public sealed class DcapQuoteVerifier : IQuoteVerifier
{
    private readonly DcapTrustAnchor _anchor;
    private readonly TimeProvider _timeProvider;
    private readonly ICollateralProvider? _provider;
    private readonly PreparedCollateral? _collateral;
    private readonly bool _requiresCollateral;
    private readonly PckChainCache _chains = new();
    private readonly NamedPlatforms _named = new();
    private readonly EvaluationNumbers _numbers = new();
    private readonly ConditionalWeakTable<DcapCollateral, PreparedCollateral> _fetched = [];

    /// <summary>Creates a verifier with fixed collateral, or without collateral, which evidence of a simulation does not need.</summary>
    /// <param name="anchor">The trusted root.</param>
    /// <param name="collateral">The known facts about platforms, or null.</param>
    /// <param name="timeProvider">
    /// The clock that certificates, lists and documents are checked against; null, the default, for the system's clock.
    /// </param>
    public DcapQuoteVerifier(DcapTrustAnchor anchor, DcapCollateral? collateral = null, TimeProvider? timeProvider = null)
        : this(anchor, timeProvider ?? TimeProvider.System, collateral, requiresCollateral: true)
    {
    }

    /// <summary>
    /// Makes a verifier that asks for the collateral of each platform. All of it is then needed, whatever the anchor says.
    /// </summary>
    /// <param name="anchor">The trusted root.</param>
    /// <param name="provider">Where the collateral comes from.</param>
    /// <param name="timeProvider">
    /// The clock that certificates, lists and documents are checked against; null, the default, for the system's clock.
    /// </param>
    public DcapQuoteVerifier(DcapTrustAnchor anchor, ICollateralProvider provider, TimeProvider? timeProvider = null)
        : this(anchor, timeProvider ?? TimeProvider.System, collateral: null, requiresCollateral: true)
    {
        ArgumentNullException.ThrowIfNull(provider);
        _provider = provider;
        _requiresCollateral = true;
    }

    /// <summary>
    /// Makes a verifier that, if told so, judges the evidence alone. For tests against evidence of which no collateral was kept.
    /// </summary>
    internal DcapQuoteVerifier(DcapTrustAnchor anchor, TimeProvider timeProvider, DcapCollateral? collateral, bool requiresCollateral)
    {
        ArgumentNullException.ThrowIfNull(anchor);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _anchor = anchor;
        _timeProvider = timeProvider;
        _collateral = collateral is null ? null : new PreparedCollateral(collateral, anchor);
        _requiresCollateral = requiresCollateral && anchor.RequiresCollateral;
    }

    /// <summary>
    /// The lowest <c>tcbEvaluationDataNumber</c> (Intel's count of TCB recoveries) of TCB info and QE identity that is accepted; 0 by
    /// default. It guards against old collateral where nothing newer was seen yet, for instance after a start.
    /// </summary>
    public int MinimumTcbEvaluationDataNumber
    {
        get => _numbers.Minimum;
        init => _numbers = new EvaluationNumbers { Minimum = value };
    }

    /// <inheritdoc />
    public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(quote);
        ArgumentNullException.ThrowIfNull(expectation);
        cancellationToken.ThrowIfCancellationRequested();
        DcapContext context =
            new DcapContext(_anchor, _numbers, _requiresCollateral, _provider is not null, expectation) { Given = _collateral }.Read(
                quote.RawData);
        var verification = new DcapVerification(context, _chains);
        return _provider is not null && context.NamedPlatform is { } platform
            ? JudgeNamedAsync(_provider, platform, context.Quote, verification, cancellationToken)
            : JudgeAsync(verification, _collateral?.Source, chainFault: null, cancellationToken);
    }

    /// <summary>
    /// A quote that names its platform: what its own signatures say comes first, then the chain that its platform had before, and only then
    /// the source is asked.
    /// </summary>
    private async ValueTask<Verdict> JudgeNamedAsync(
        ICollateralProvider provider,
        PckCertificateRequest platform,
        DcapQuote quote,
        DcapVerification verification,
        CancellationToken cancellationToken)
    {
        if (verification.RejectUnsigned() is { } rejected)
        {
            return rejected;
        }

        string? fault = null;
        if (!_named.TryFind(platform.QeId, quote, _timeProvider.GetUtcNow(), out DcapCollateral? chain))
        {
            (chain, fault) = await FetchChainAsync(provider, platform, cancellationToken).ConfigureAwait(false);
        }

        Verdict verdict = await JudgeAsync(verification, chain, fault, cancellationToken).ConfigureAwait(false);
        if (verification.ProvenChain is { } proven && chain?.PckCertificateChain is { } pem)
        {
            _named.Keep(platform.QeId, pem, proven);
        }

        return verdict;
    }

    private static async ValueTask<(DcapCollateral? Chain, string? Fault)> FetchChainAsync(
        ICollateralProvider provider, PckCertificateRequest platform, CancellationToken cancellationToken)
    {
        try
        {
            return (
                new DcapCollateral
                {
                    PckCertificateChain = await provider.GetPckCertificateChainAsync(platform, cancellationToken).ConfigureAwait(false),
                },
                null);
        }
        catch (CollateralException e)
        {
            return (null, e.Message);
        }
    }

    /// <param name="verification">Takes the evidence to its verdict.</param>
    /// <param name="given">What is there before anything is fetched.</param>
    /// <param name="chainFault">Why a source gave no chain; null if none was asked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private ValueTask<Verdict> JudgeAsync(
        DcapVerification verification, DcapCollateral? given, string? chainFault, CancellationToken cancellationToken) =>
        verification.JudgeEvidence(given, chainFault, _timeProvider.GetUtcNow()) is { } rejected ? ValueTask.FromResult(rejected)
        : _provider is null ? ValueTask.FromResult(verification.JudgePlatform())
        : FetchAndJudgeAsync(_provider, verification, cancellationToken);

    private async ValueTask<Verdict> FetchAndJudgeAsync(
        ICollateralProvider provider, DcapVerification verification, CancellationToken cancellationToken)
    {
        DcapCollateral collateral;
        try
        {
            collateral = await provider.GetDcapAsync(verification.CollateralRequest, cancellationToken).ConfigureAwait(false);
        }
        catch (CollateralException e)
        {
            return verification.RejectForFetch(e.Message);
        }

        List<string> missing = PreparedCollateral.Missing(collateral);
        return missing.Count > 0
            ? verification.RejectForFetch(string.Join(", ", missing))
            : verification.JudgeFetched(_fetched.GetValue(collateral, c => new PreparedCollateral(c, _anchor)), _timeProvider.GetUtcNow());
    }
}
