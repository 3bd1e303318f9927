using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// Keeps collateral in memory. Callers that ask for the same at once wait for one fetch; what is older than <see cref="RefreshAfter"/> is
/// given out while it is fetched again behind the scenes; what has ended by its own dates is never given out.
/// </summary>
/// <remarks>
/// Collateral of which a part is missing or can't be read is passed on and not kept; with anchors (<see cref="DcapAnchor"/>,
/// <see cref="SnpAnchor"/>) so is what does not verify under them or is not what was asked for. It then does not take the place of what is
/// good. May be used by several threads at once.
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
    /// <param name="inner">Where the collateral comes from; it must limit its time itself.</param>
    /// <param name="timeProvider">Provides the time; null for the system's.</param>
    public CachingCollateralProvider(ICollateralProvider inner, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _timeProvider = timeProvider ?? TimeProvider.System;

        // Each kind counts its fetches for itself: what unknown callers can invent, a named platform and a chip, leaves the families and
        // issuers alone, which a signature told.
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

    /// <summary>How old collateral gets before it is fetched again. 6 hours by default.</summary>
    public TimeSpan RefreshAfter { get; init; } = TimeSpan.FromHours(6);

    /// <summary>
    /// For how long after a failure, or an answer that is not to be kept, the source is not asked again for the same: those who ask get the
    /// same failure or answer. Zero, the default, asks each time.
    /// </summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>The root under which collateral of Intel platforms must verify to be kept; null keeps what can be read.</summary>
    public DcapTrustAnchor? DcapAnchor { get; init; }

    /// <summary>
    /// The roots under which collateral of AMD platforms must verify to be kept; null keeps what can be read. With roots, the VCEK of a
    /// chip is asked for once, and later its issuers and their list alone.
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
