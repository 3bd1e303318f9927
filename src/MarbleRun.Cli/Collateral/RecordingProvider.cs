using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Cli.Collateral;

/// <summary>
/// Remembers what a verifier asked its source for, and what it got: that is the collateral of the evidence, whatever its kind.
/// </summary>
internal sealed class RecordingProvider(ICollateralProvider source) : ICollateralProvider
{
    private readonly Lock _lock = new();

    public List<FetchedDcap> Dcap { get; } = [];

    public List<FetchedPckChain> PckChains { get; } = [];

    public List<FetchedSnp> Snp { get; } = [];

    /// <summary>What the source said when it gave nothing.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>How many answers and refusals there were.</summary>
    public int Count => Dcap.Count + PckChains.Count + Snp.Count + Faults.Count;

    public async ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
        await AskAsync(source.GetDcapAsync(request, cancellationToken), c => Dcap.Add(new FetchedDcap(request, c)));

    public async ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default) =>
        await AskAsync(
            source.GetPckCertificateChainAsync(request, cancellationToken), c => PckChains.Add(new FetchedPckChain(request, c)));

    public async ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default) =>
        await AskAsync(source.GetSnpAsync(request, cancellationToken), c => Snp.Add(new FetchedSnp(request, c)));

    private async ValueTask<T> AskAsync<T>(ValueTask<T> request, Action<T> remember)
    {
        try
        {
            T answer = await request;
            lock (_lock)
            {
                remember(answer);
            }

            return answer;
        }
        catch (CollateralException e)
        {
            lock (_lock)
            {
                Faults.Add(e.Message);
            }

            throw;
        }
    }
}
