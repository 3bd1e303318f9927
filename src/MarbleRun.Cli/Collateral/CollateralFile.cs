using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Cli.Collateral;

/// <summary>One JSON file with the collateral of an Intel platform (docs/collateral.md).</summary>
internal sealed class CollateralFile(string path) : ICollateralProvider
{
    public async ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            return DcapCollateral.FromJson(await File.ReadAllBytesAsync(path, cancellationToken));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CollateralException($"The collateral {path} can't be read: {e.Message}", e);
        }
    }
}
