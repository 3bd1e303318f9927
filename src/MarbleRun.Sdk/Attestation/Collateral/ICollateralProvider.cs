using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Collateral;

/// <summary>Finds what a verifier must know about a platform besides its quote. It vouches for nothing: the verifier checks every part.</summary>
public interface ICollateralProvider
{
    /// <summary>Finds the collateral of an Intel platform.</summary>
    /// <param name="request">Which platform.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What there is; members stay null where the source has nothing.</returns>
    /// <exception cref="CollateralException">The source can't be reached or answers something else.</exception>
    ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default);
}
