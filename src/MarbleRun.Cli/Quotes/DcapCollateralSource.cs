using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Cli.Quotes;

/// <summary>Reads the collateral that the user named: a JSON file, a bundle folder or a PCCS.</summary>
internal static class DcapCollateralSource
{
    public static async Task<IQuoteVerifier> CreateVerifierAsync(
        string source,
        DcapTrustAnchor anchor,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        if (CollateralAddress.TryRead(source, out Uri? address))
        {
            return new DcapQuoteVerifier(anchor, new PccsClient(address), timeProvider);
        }

        string path = CommandEnvironment.Current.Resolve(source);
        if (Directory.Exists(path))
        {
            return new DcapQuoteVerifier(anchor, CollateralBundle.Open(path), timeProvider);
        }

        byte[] json = await InputFile.ReadAsync(source, "collateral", cancellationToken);
        try
        {
            return new DcapQuoteVerifier(anchor, DcapCollateral.FromJson(json), timeProvider);
        }
        catch (FormatException e)
        {
            throw new InputException($"The collateral {source} can't be read: {e.Message}", e);
        }
    }
}
