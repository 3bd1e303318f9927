using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;
using MarbleRun.Coordinator.Limits;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// The sources of collateral that the options name: the services first, the bundle behind them, limits on the questions of unknown callers
/// before them, and one cache in front of all, which keeps what verifies. A simulation brings what it needs itself, and asks none of them
/// unless an option says so.
/// </summary>
internal sealed class CollateralSources : IDisposable
{
    /// <summary>
    /// For how long a platform that a source has nothing of, or a source that answers nothing of use, is not asked about again.
    /// </summary>
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(10);

    private readonly List<ICollateralProvider> _sources = [];

    public CollateralSources(
        IOptions<CoordinatorOptions> options,
        TimeProvider timeProvider,
        CurrentCaller caller,
        DcapTrustAnchor dcapAnchor,
        SnpTrustAnchor snpAnchor)
    {
        AttestationOptions attestation = options.Value.Attestation;
        if (options.Value.Simulation && !attestation.AskInSimulation)
        {
            return;
        }

        if (!string.IsNullOrEmpty(attestation.PccsUrl))
        {
            _sources.Add(new PccsClient(
                new Uri(attestation.PccsUrl), new PccsOptions { Timeout = attestation.FetchTimeout }, timeProvider: timeProvider));
        }

        if (!string.IsNullOrEmpty(attestation.KdsUrl))
        {
            _sources.Add(new KdsClient(
                new Uri(attestation.KdsUrl), new KdsOptions { Timeout = attestation.FetchTimeout }, timeProvider: timeProvider));
        }

        if (!string.IsNullOrEmpty(attestation.BundlePath))
        {
            _sources.Add(CollateralBundle.Open(attestation.BundlePath));
        }

        Provider = attestation.NamesSource
            ? new CachingCollateralProvider(new CollateralLanes(new FallbackCollateralProvider(_sources), caller), timeProvider)
            {
                RefreshAfter = attestation.RefreshAfter,
                RetryAfter = s_retryAfter,
                DcapAnchor = dcapAnchor,
                SnpAnchor = snpAnchor,
            }
            : null;
    }

    /// <summary>Null if no source is named, or none is to be asked.</summary>
    public ICollateralProvider? Provider { get; }

    public void Dispose()
    {
        foreach (IDisposable source in _sources.OfType<IDisposable>())
        {
            source.Dispose();
        }
    }
}
