namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// Asks sources one after the other until one answers: for instance a <see cref="PccsClient"/>, a <see cref="KdsClient"/>, and a
/// <see cref="CollateralBundle"/> for the time when neither can be reached. The answers are not checked here.
/// </summary>
/// <param name="sources">The sources in order of preference. The provider does not dispose them.</param>
public sealed class FallbackCollateralProvider(params IReadOnlyList<ICollateralProvider> sources) : ICollateralProvider
{
    /// <inheritdoc />
    public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
        AskAsync(source => source.GetDcapAsync(request, cancellationToken));

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default) =>
        AskAsync(source => source.GetPckCertificateChainAsync(request, cancellationToken));

    /// <inheritdoc />
    public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default) =>
        AskAsync(source => source.GetSnpAsync(request, cancellationToken));

    private async ValueTask<T> AskAsync<T>(Func<ICollateralProvider, ValueTask<T>> ask)
    {
        var faults = new List<CollateralException>();
        foreach (ICollateralProvider source in sources)
        {
            try
            {
                return await ask(source).ConfigureAwait(false);
            }
            catch (CollateralException e)
            {
                faults.Add(e);
            }
        }

        string message = faults.Count == 0 ? "No source of collateral is configured." : string.Join(' ', faults.Select(f => f.Message));
        throw new CollateralException(message, new AggregateException(faults));
    }
}
