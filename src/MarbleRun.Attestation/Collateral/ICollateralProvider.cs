namespace MarbleRun.Attestation.Collateral;

/// <summary>Finds the collateral of platforms. A provider does not need to be trusted: the verifier checks every part.</summary>
/// <remarks>
/// A source implements the methods that it supports; the others throw a <see cref="CollateralException"/>. One provider can serve verifiers
/// of every kind: <see cref="Sources.FallbackCollateralProvider"/> combines a <see cref="Sources.PccsClient"/>, a
/// <see cref="Sources.KdsClient"/> and a <see cref="Sources.CollateralBundle"/>, and <see cref="Sources.CachingCollateralProvider"/> caches
/// the answers.
/// </remarks>
public interface ICollateralProvider
{
    /// <summary>Finds the collateral of an Intel platform.</summary>
    /// <param name="request">The platform.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The collateral; members that the source does not have are null.</returns>
    /// <exception cref="CollateralException">The source cannot be reached, has no such collateral, or returns something else.</exception>
    ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
        ValueTask.FromException<DcapCollateral>(new CollateralException("The configured source has no collateral of Intel platforms."));

    /// <summary>
    /// Finds the PCK certificate chain of an Intel platform whose quotes only name it (certification data type 1, 2 or 3).
    /// </summary>
    /// <param name="request">The platform.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>PEM in ASCII, the PCK certificate first and the root last.</returns>
    /// <exception cref="CollateralException">The source cannot be reached, has no such collateral, or returns something else.</exception>
    ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default) =>
        ValueTask.FromException<ReadOnlyMemory<byte>>(new CollateralException("The configured source has no PCK certificates."));

    /// <summary>Finds the certificates of an AMD platform, and the revocation list of their root.</summary>
    /// <param name="request">The platform.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The collateral; members that the source does not have are null.</returns>
    /// <exception cref="CollateralException">The source cannot be reached, has no such collateral, or returns something else.</exception>
    ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default) =>
        ValueTask.FromException<SnpCollateral>(new CollateralException("The configured source has no certificates of AMD platforms."));
}
