using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// Keeps collateral in memory. Callers that ask for the same at once wait for one fetch; what is older than <see cref="RefreshAfter"/> is given out while it is
/// fetched anew behind the scenes; what has ended by its own dates is never given out.
/// </summary>
/// <remarks>Collateral of which a part is missing or can't be read is passed on and not kept. May be used by several threads at once.</remarks>
public sealed class CachingCollateralProvider : ICollateralProvider
{
    private readonly CollateralCache<DcapCollateralRequest, DcapCollateral> _dcap;
    private readonly CollateralCache<PckCertificateRequest, ReadOnlyMemory<byte>> _pck;
    private readonly CollateralCache<SnpCollateralRequest, SnpCollateral> _snp;
    private readonly CollateralCache<SnpCollateralRequest, SnpCollateral> _snpIssuers;

    /// <summary>Makes a cache.</summary>
    /// <param name="inner">Where the collateral comes from; it must limit its time itself.</param>
    /// <param name="timeProvider">Tells the time; null for the system's.</param>
    public CachingCollateralProvider(ICollateralProvider inner, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        timeProvider ??= TimeProvider.System;
        _dcap = new(request => inner.GetDcapAsync(request, CancellationToken.None), CollateralLifetime.End, timeProvider);
        _pck = new(request => inner.GetPckCertificateChainAsync(request, CancellationToken.None), CollateralLifetime.End, timeProvider);
        _snp = new(request => inner.GetSnpAsync(request, CancellationToken.None), CollateralLifetime.End, timeProvider);
        _snpIssuers = new(request => inner.GetSnpAsync(request, CancellationToken.None), CollateralLifetime.EndOfIssuers, timeProvider);
    }

    /// <summary>How old collateral gets before it is fetched anew. 6 hours by default.</summary>
    public TimeSpan RefreshAfter { get; init; } = TimeSpan.FromHours(6);

    /// <inheritdoc />
    public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _dcap.GetAsync(request, RefreshAfter, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(PckCertificateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _pck.GetAsync(request, RefreshAfter, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (request.IssuersOnly ? _snpIssuers : _snp).GetAsync(request, RefreshAfter, cancellationToken);
    }
}
