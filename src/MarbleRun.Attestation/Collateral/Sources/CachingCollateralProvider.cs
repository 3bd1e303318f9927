using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// Caches collateral in memory. Concurrent callers that need the same collateral wait for one fetch. Collateral that is older than
/// <see cref="RefreshAfter"/> is returned while it is refreshed in the background. Expired collateral is never returned.
/// </summary>
/// <remarks>
/// Collateral with a missing or unreadable part is returned, but not cached; with anchors (<see cref="DcapAnchor"/>,
/// <see cref="SnpAnchor"/>) so is collateral that does not verify under them or does not match the request. It never replaces good
/// collateral. This type is thread-safe.
/// </remarks>
public sealed class CachingCollateralProvider : ICollateralProvider
{
    private readonly CollateralCache<DcapCollateralRequest, DcapCollateral> _dcap;
    private readonly CollateralCache<PckCertificateRequest, ReadOnlyMemory<byte>> _pck;
    private readonly CollateralCache<SnpCollateralRequest, SnpCollateral> _snp;
    private readonly CollateralCache<SnpCollateralRequest, SnpCollateral> _snpIssuers;
    private readonly KnownVeks _veks = new();
    private readonly TimeProvider _timeProvider;

    /// <summary>Creates a cache.</summary>
    /// <param name="inner">The source of the collateral; it must apply its own time limit.</param>
    /// <param name="timeProvider">Provides the time; null for the system's.</param>
    public CachingCollateralProvider(ICollateralProvider inner, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _timeProvider = timeProvider ?? TimeProvider.System;

        // Each kind has its own limit of fetches. Unknown callers can invent named platforms and chips; these must not block families and
        // issuers, which are known from a signature.
        _dcap = new(
            request => inner.GetDcapAsync(request, CancellationToken.None), CollateralLifetime.End, IsGood, _ => false, _timeProvider);
        _pck = new(
            request => inner.GetPckCertificateChainAsync(request, CancellationToken.None),
            CollateralLifetime.End,
            IsGood,
            _ => false,
            _timeProvider);
        _snp = new(
            request => FetchSnpAsync(inner, request),
            CollateralLifetime.End,
            IsGood,
            request => _veks.Find(request) is not null,
            _timeProvider);
        _snpIssuers = new(
            request => inner.GetSnpAsync(request, CancellationToken.None),
            CollateralLifetime.EndOfIssuers,
            IsGood,
            _ => false,
            _timeProvider);
    }

    /// <summary>The age at which collateral is refreshed. The default is 6 hours.</summary>
    public TimeSpan RefreshAfter { get; init; } = TimeSpan.FromHours(6);

    /// <summary>
    /// How long a failure, or an answer that is not cached, is returned again without another request. With zero, the default, each call
    /// sends a request.
    /// </summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>
    /// The root under which collateral of Intel platforms must verify to be cached; null caches everything that can be read.
    /// </summary>
    public DcapTrustAnchor? DcapAnchor { get; init; }

    /// <summary>
    /// The roots under which collateral of AMD platforms must verify to be cached; null caches everything that can be read. With roots, the
    /// VCEK of a chip is requested once, and later only its issuers and their list.
    /// </summary>
    public SnpTrustAnchor? SnpAnchor { get; init; }

    private CollateralTimes Times => new(RefreshAfter, RetryAfter);

    /// <inheritdoc />
    public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _dcap.GetAsync(request, Times, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _pck.GetAsync(request, Times, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (request.IssuersOnly ? _snpIssuers : _snp).GetAsync(request, Times, cancellationToken);
    }

    private async ValueTask<SnpCollateral> FetchSnpAsync(ICollateralProvider inner, SnpCollateralRequest request)
    {
        if (_veks.Find(request) is not { } vek)
        {
            return await inner.GetSnpAsync(request, CancellationToken.None).ConfigureAwait(false);
        }

        SnpCollateralRequest issuers = SnpCollateralRequest.ForIssuers(request.SigningKey, request.ProductLine);
        return await inner.GetSnpAsync(issuers, CancellationToken.None).ConfigureAwait(false) with { Vek = vek };
    }

    private bool IsGood(DcapCollateralRequest request, DcapCollateral collateral) =>
        DcapAnchor is null || DcapCollateralCheck.Passes(request, collateral, DcapAnchor, _timeProvider.GetUtcNow());

    private bool IsGood(PckCertificateRequest request, ReadOnlyMemory<byte> pem) =>
        DcapAnchor is null || DcapCollateralCheck.Passes(pem, DcapAnchor);

    private bool IsGood(SnpCollateralRequest request, SnpCollateral collateral)
    {
        if (SnpAnchor is null)
        {
            return true;
        }

        bool isGood = SnpCollateralCheck.Passes(request, collateral, SnpAnchor, _timeProvider.GetUtcNow());
        if (isGood && !request.IssuersOnly && request.SigningKey == SnpSigningKey.Vcek && collateral.Vek is { } vek)
        {
            _veks.Keep(request, vek);
        }

        return isGood;
    }
}
