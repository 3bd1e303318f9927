using System.Threading.Channels;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Collateral;

public sealed class CachingCollateralProviderTests : IDisposable
{
    private static readonly DcapCollateralRequest s_request = new(TeeType.Sgx, "4D4252000000", "platform");

    private readonly string _folder = Directory.CreateTempSubdirectory("marblerun-cache-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SimulationPlatform _platform;
    private readonly Source _source;
    private readonly CachingCollateralProvider _cache;

    public CachingCollateralProviderTests()
    {
        _platform = SimulationPlatform.Open(_folder, _time);
        _source = new Source(() => _platform.CreateCollateral());
        _cache = new CachingCollateralProvider(_source, _time);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Get_Twice_FetchesOnce()
    {
        Assert.Same(await GetAsync(), await GetAsync());
        Assert.Equal(1, _source.Fetches);
    }

    [Fact]
    public async Task Get_ManyAtOnce_WaitForOneFetch()
    {
        _source.Gate = new TaskCompletionSource();
        Task<DcapCollateral>[] waiting = [.. Enumerable.Range(0, 20).Select(_ => GetAsync())];
        _source.Gate.SetResult();

        DcapCollateral[] collateral = await Task.WhenAll(waiting);

        Assert.All(collateral, c => Assert.Same(collateral[0], c));
        Assert.Equal(1, _source.Fetches);
    }

    [Fact]
    public async Task Get_OneWaiterGivesUp_TheOthersGetTheirs()
    {
        _source.Gate = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        Task<DcapCollateral> first = _cache.GetDcapAsync(s_request, impatient.Token).AsTask();
        Task<DcapCollateral> second = GetAsync();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _source.Gate.SetResult();

        Assert.NotNull(await second);
        Assert.Equal(1, _source.Fetches);
    }

    [Fact]
    public async Task Get_OlderThanRefresh_GivesTheOldOneAndFetchesBehind()
    {
        DcapCollateral old = await GetAsync();
        _time.Advance(TimeSpan.FromHours(7));
        _source.Gate = new TaskCompletionSource();

        DcapCollateral meanwhile = await GetAsync();
        _source.Gate.SetResult();
        await _source.WaitForFetchAsync(2);

        Assert.Same(old, meanwhile);
        Assert.Equal(2, _source.Fetches);
    }

    [Fact]
    [Trait("Security", "A15")]
    public async Task Get_EndedByItsOwnDates_IsNeverGivenOut()
    {
        await GetAsync();
        _time.Advance(TimeSpan.FromDays(31));
        _source.Fault = new CollateralException("gone");

        await Assert.ThrowsAsync<CollateralException>(GetAsync);
    }

    [Fact]
    public async Task Get_FailedFetch_IsTriedAgain()
    {
        _source.Fault = new CollateralException("gone");
        await Assert.ThrowsAsync<CollateralException>(GetAsync);
        _source.Fault = null;

        Assert.NotNull(await GetAsync());
        Assert.Equal(2, _source.Fetches);
    }

    [Fact]
    public async Task Get_PartMissing_IsPassedOnAndNotKept()
    {
        _source.Make = () => _platform.CreateCollateral() with { RootRevocationList = null };

        Assert.Null((await GetAsync()).RootRevocationList);
        await GetAsync();

        Assert.Equal(2, _source.Fetches);
    }

    private Task<DcapCollateral> GetAsync() => _cache.GetDcapAsync(s_request, TestContext.Current.CancellationToken).AsTask();

    private sealed class Source(Func<DcapCollateral> make) : ICollateralProvider
    {
        private readonly Channel<bool> _done = Channel.CreateUnbounded<bool>();
        private int _fetches;

        public Func<DcapCollateral> Make { get; set; } = make;

        public TaskCompletionSource? Gate { get; set; }

        public CollateralException? Fault { get; set; }

        public int Fetches => _fetches;

        public async ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _fetches);
            if (Gate is { } gate)
            {
                await gate.Task;
            }

            _done.Writer.TryWrite(true);
            return Fault is null ? Make() : throw Fault;
        }

        public async Task WaitForFetchAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                await _done.Reader.ReadAsync(TestContext.Current.CancellationToken);
            }
        }
    }
}
