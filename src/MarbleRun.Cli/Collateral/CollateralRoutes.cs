using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Cli.Collateral;

/// <summary>Asks one source about Intel's platforms and another one about AMD's.</summary>
internal sealed class CollateralRoutes(ICollateralProvider? intel, ICollateralProvider? amd) : ICollateralProvider
{
    public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
        intel?.GetDcapAsync(request, cancellationToken) ?? ValueTask.FromException<DcapCollateral>(Missing("Intel"));

    public ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default) =>
        intel?.GetPckCertificateChainAsync(request, cancellationToken) ?? ValueTask.FromException<ReadOnlyMemory<byte>>(Missing("Intel"));

    public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default) =>
        amd?.GetSnpAsync(request, cancellationToken) ?? ValueTask.FromException<SnpCollateral>(Missing("AMD"));

    private static CollateralException Missing(string vendor) => new($"No source of collateral for platforms of {vendor} was named.");
}
