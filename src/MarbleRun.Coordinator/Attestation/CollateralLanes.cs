using MarbleRun.Attestation.Collateral;
using MarbleRun.Coordinator.Limits;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// Stands between cache and sources, and gives each address few questions at once about platforms that its evidence only names: unknown
/// callers can invent those. What a signature proved (a family of platforms, an issuer) is asked without a place.
/// </summary>
internal sealed class CollateralLanes(ICollateralProvider inner, CurrentCaller current) : ICollateralProvider
{
    public const int Places = 64;
    public const int PlacesOfOneAddress = 8;

    private readonly CallPlaces _unknown = new(Places, PlacesOfOneAddress);
    private readonly CallPlaces _known = new(Places, PlacesOfOneAddress);

    public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
        inner.GetDcapAsync(request, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default) =>
        AskAsync(() => inner.GetPckCertificateChainAsync(request, cancellationToken));

    public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default) =>
        request.IssuersOnly ? inner.GetSnpAsync(request, cancellationToken) : AskAsync(() => inner.GetSnpAsync(request, cancellationToken));

    private async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> ask)
    {
        Caller caller = current.Value ?? default;
        CallPlaces places = caller.IsKnown ? _known : _unknown;
        PlaceOutcome outcome = places.TryTake(caller.Address);
        if (outcome != PlaceOutcome.Taken)
        {
            string limit = outcome == PlaceOutcome.CallerFull ? $"{PlacesOfOneAddress} questions of this address" : $"{Places} questions";
            throw new CollateralException($"{limit} about platforms that were never verified are on their way; try again later.")
            {
                IsBusy = true,
            };
        }

        try
        {
            return await ask();
        }
        finally
        {
            places.Leave(caller.Address);
        }
    }
}
