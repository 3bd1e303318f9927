using System.Runtime.CompilerServices;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Verifies quotes of Intel SGX (versions 3 and 4) and Intel TDX (versions 4 and 5) in managed code: structure, PCK certificate chain,
/// quoting enclave, signatures, dates, revocation, TCB info, QE identity, TDX module, report data, package and TCB status, in this order.
/// The checks are listed in docs/attestation-verdicts.md.
/// </summary>
/// <remarks>
/// A verifier is thread-safe. Reuse it, because it caches the results of checks that cannot change: collateral is read and its signatures
/// are checked once for each <see cref="DcapCollateral"/> instance, and up to 256 verified certificate chains are cached by their exact
/// bytes. For the next quote of a machine, only two signatures are then verified: those of the quoting enclave's report and of the quote.
/// Dates, revocation, TCB status and everything that depends on the quote are checked each time, so the cache does not change the verdict.
/// Collateral is fetched only from a given provider, and only for quotes whose signatures lead to the anchor. A quote that only names its
/// platform (certification data type 1, 2 or 3) needs the platform's chain first: its own two signatures are checked before the chain is
/// fetched, and the chain of a verified platform is cached. The verifier stores the highest <c>tcbEvaluationDataNumber</c> of genuine,
/// current TCB info and QE identities for each TEE and family, and refuses lower numbers from then on.
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

    /// <summary>Creates a verifier with fixed collateral, or without collateral. Evidence of a simulation needs no collateral.</summary>
    /// <param name="anchor">The trusted root.</param>
    /// <param name="collateral">The collateral, or null.</param>
    /// <param name="timeProvider">
    /// The clock that certificates, lists and documents are checked against; null, the default, for the system's clock.
    /// </param>
    public DcapQuoteVerifier(DcapTrustAnchor anchor, DcapCollateral? collateral = null, TimeProvider? timeProvider = null)
        : this(anchor, timeProvider ?? TimeProvider.System, collateral, requiresCollateral: true)
    {
    }

    /// <summary>Creates a verifier that requests the collateral of each platform. All of it is then required, for every anchor.</summary>
    /// <param name="anchor">The trusted root.</param>
    /// <param name="provider">The source of the collateral.</param>
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
    /// Creates a verifier that can verify evidence without collateral. For tests with evidence whose collateral was not kept.
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
    /// default. It protects against old collateral before any newer collateral was seen, for instance after a start.
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
    /// Verifies a quote that names its platform: its own signatures come first, then the cached chain of its platform, and only then the
    /// source is asked.
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

    /// <param name="verification">The verification of the evidence.</param>
    /// <param name="given">The collateral that is available before anything is fetched.</param>
    /// <param name="chainFault">The reason why a source provided no chain; null if no source was asked.</param>
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
