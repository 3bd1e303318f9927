namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// Finds what a verifier must know about a platform besides its evidence. It vouches for nothing: the verifier checks every part.
/// </summary>
/// <remarks>
/// A source implements what it has; the rest answers with a <see cref="CollateralException"/>. One provider can thus serve verifiers of
/// every kind: <see cref="Sources.FallbackCollateralProvider"/> puts a <see cref="Sources.PccsClient"/>, a <see cref="Sources.KdsClient"/>
/// and a <see cref="Sources.CollateralBundle"/> together, <see cref="Sources.CachingCollateralProvider"/> goes in front.
/// </remarks>
public interface ICollateralProvider
{
    /// <summary>Finds the collateral of an Intel platform.</summary>
    /// <param name="request">Which platform.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What there is; members stay null where the source has nothing.</returns>
    /// <exception cref="CollateralException">The source can't be reached, has nothing of that kind, or answers something else.</exception>
    ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
        ValueTask.FromException<DcapCollateral>(new CollateralException("The configured source has no collateral of Intel platforms."));

    /// <summary>
    /// Finds the PCK certificate chain of an Intel platform whose quotes only name it (certification data type 1, 2 or 3).
    /// </summary>
    /// <param name="request">Which platform.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>PEM in ASCII, the PCK certificate first and the root last.</returns>
    /// <exception cref="CollateralException">The source can't be reached, has nothing of that kind, or answers something else.</exception>
    ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default) =>
        ValueTask.FromException<ReadOnlyMemory<byte>>(new CollateralException("The configured source has no PCK certificates."));

    /// <summary>Finds the certificates of an AMD platform, and the revocation list of their root.</summary>
    /// <param name="request">Which platform.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What there is; members stay null where the source has nothing.</returns>
    /// <exception cref="CollateralException">The source can't be reached, has nothing of that kind, or answers something else.</exception>
    ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default) =>
        ValueTask.FromException<SnpCollateral>(new CollateralException("The configured source has no certificates of AMD platforms."));
}
