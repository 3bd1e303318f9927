using MarbleRun.Attestation.Collateral;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>The sources of collateral that the options name: the services first, the bundle behind them, one cache in front of all.</summary>
internal sealed class CollateralSources : IDisposable
{
    private readonly List<ICollateralProvider> _sources = [];

    public CollateralSources(IOptions<CoordinatorOptions> options, TimeProvider timeProvider)
    {
        AttestationOptions attestation = options.Value.Attestation;
        if (!string.IsNullOrEmpty(attestation.PccsUrl))
        {
            _sources.Add(new PccsClient(new Uri(attestation.PccsUrl), new PccsOptions { Timeout = attestation.FetchTimeout }, timeProvider: timeProvider));
        }

        if (!string.IsNullOrEmpty(attestation.KdsUrl))
        {
            _sources.Add(new KdsClient(new Uri(attestation.KdsUrl), new KdsOptions { Timeout = attestation.FetchTimeout }, timeProvider: timeProvider));
        }

        if (!string.IsNullOrEmpty(attestation.BundlePath))
        {
            _sources.Add(CollateralBundle.Open(attestation.BundlePath));
        }

        Provider = attestation.NamesSource
            ? new CachingCollateralProvider(new FallbackCollateralProvider(_sources), timeProvider) { RefreshAfter = attestation.RefreshAfter }
            : null;
    }

    /// <summary>Null if no source is named.</summary>
    public ICollateralProvider? Provider { get; }

    public void Dispose()
    {
        foreach (IDisposable source in _sources.OfType<IDisposable>())
        {
            source.Dispose();
        }
    }
}
