using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Cli.Quotes;

namespace MarbleRun.Cli.Collateral;

/// <summary>Opens the sources of collateral that a user names.</summary>
internal static class CollateralSources
{
    public const string IntelName = "intel";
    public const string AmdName = "amd";

    private static readonly Uri s_intel = new("https://api.trustedservices.intel.com/sgx/certification/v4/");

    /// <summary>Opens sources. Nothing is requested.</summary>
    /// <param name="intel">
    /// For Intel's platforms: the URL of a PCCS, <c>intel</c> for Intel's own service, a bundle folder, or one JSON file; null for none.
    /// </param>
    /// <param name="amd">For AMD's platforms: the URL of a KDS, <c>amd</c> for AMD's own, or a bundle folder; null for none.</param>
    /// <param name="update">Which of Intel's sets is requested.</param>
    /// <param name="clock">Measures time limits.</param>
    /// <exception cref="InputException">A URL has more than host, port and path, or a path does not exist.</exception>
    public static ICollateralProvider Open(string? intel, string? amd, CollateralUpdate update, TimeProvider clock) =>
        new CollateralRoutes(
            intel is null ? null : OpenIntel(intel, update, clock),
            amd is null ? null : OpenAmd(amd, clock));

    private static ICollateralProvider OpenIntel(string source, CollateralUpdate update, TimeProvider clock)
    {
        if (source == IntelName || CollateralAddress.TryRead(source, out _))
        {
            Uri address = source == IntelName ? s_intel : new Uri(source);
            return new PccsClient(address, new PccsOptions { Update = update }, timeProvider: clock);
        }

        string path = CommandEnvironment.Current.Resolve(source);
        return File.Exists(path) ? new CollateralFile(path) : OpenFolder(source);
    }

    private static ICollateralProvider? OpenAmd(string source, TimeProvider clock) =>
        source == AmdName ? new KdsClient(KdsClient.Amd, timeProvider: clock)
        : CollateralAddress.TryRead(source, out Uri? address) ? new KdsClient(address, timeProvider: clock)
        : File.Exists(CommandEnvironment.Current.Resolve(source)) ? null
        : OpenFolder(source);

    private static CollateralBundle OpenFolder(string source) =>
        CommandEnvironment.Current.Resolve(source) is var path && Directory.Exists(path)
        ? CollateralBundle.Open(path)
        : throw new InputException(
            $"The collateral {source} does not exist. Specify a bundle folder, a JSON file, or the URL of a service, https://host:port.");
}
