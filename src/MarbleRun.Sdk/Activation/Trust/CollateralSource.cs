using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;

namespace MarbleRun.Activation.Trust;

/// <summary>
/// The source of collateral for one activation: the app's own, or those that the options name, the services before the folder.
/// </summary>
internal sealed class CollateralSource : IDisposable
{
    private readonly List<ICollateralProvider> _sources = [];

    public CollateralSource(MarbleOptions options, TimeProvider timeProvider)
    {
        if (options.CollateralProvider is { } own)
        {
            Provider = own;
            return;
        }

        MarbleCollateral collateral = options.Collateral;
        if (TryReadUrl(collateral.PccsUrl, out Uri? pccs))
        {
            _sources.Add(new PccsClient(pccs, timeProvider: timeProvider));
        }

        if (TryReadUrl(collateral.KdsUrl, out Uri? kds))
        {
            _sources.Add(new KdsClient(kds, timeProvider: timeProvider));
        }

        if (!string.IsNullOrEmpty(collateral.BundlePath))
        {
            _sources.Add(CollateralBundle.Open(collateral.BundlePath));
        }

        Provider = _sources.Count == 0 ? null : new FallbackCollateralProvider(_sources);
    }

    /// <summary>Null if no source is named.</summary>
    public ICollateralProvider? Provider { get; }

    /// <summary>Returns the errors in the options.</summary>
    public static IEnumerable<string> Check(MarbleCollateral collateral)
    {
        foreach ((string name, string? url) in new[]
        {
            (nameof(collateral.PccsUrl), collateral.PccsUrl),
            (nameof(collateral.KdsUrl), collateral.KdsUrl),
        })
        {
            if (!string.IsNullOrEmpty(url) && !TryReadUrl(url, out _))
            {
                yield return $"'{url}' is not the address of a service: set Marble:Collateral:{name} to an address that begins with "
                    + $"https:// or http://.";
            }
        }

        if (!string.IsNullOrEmpty(collateral.BundlePath) && !Directory.Exists(collateral.BundlePath))
        {
            yield return $"There is no folder '{collateral.BundlePath}': set Marble:Collateral:BundlePath to a folder of collateral.";
        }
    }

    public void Dispose()
    {
        foreach (IDisposable source in _sources.OfType<IDisposable>())
        {
            source.Dispose();
        }
    }

    private static bool TryReadUrl(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);
}
