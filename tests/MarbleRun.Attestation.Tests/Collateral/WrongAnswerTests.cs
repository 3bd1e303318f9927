using System.Buffers.Binary;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.Tests.Attestation.Snp;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>
/// A source that answers what is not genuine, not what was asked for, or nothing: a cache with anchors does not hold on to it, and asks no
/// more often for it.
/// </summary>
[Trait("Security", "A15")]
[Trait("Security", "G2")]
public sealed class WrongAnswerTests : IDisposable
{
    private static readonly DcapCollateralRequest s_request = new(TeeType.Sgx, "4D4252000000", "platform");

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SimulationPlatform _platform;
    private readonly Source _source = new();
    private readonly CachingCollateralProvider _cache;

    public WrongAnswerTests()
    {
        _platform = SimulationPlatform.Open(_folder.File("own"), _time);
        _source.Dcap = Good;
        _cache = new CachingCollateralProvider(_source, _time)
        {
            DcapAnchor = _platform.TrustAnchor,
            RetryAfter = TimeSpan.FromSeconds(10),
        };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("another root")]
    [InlineData("TCB info changed")]
    [InlineData("QE identity changed")]
    [InlineData("list of the root changed")]
    [InlineData("list of the PCK CA changed")]
    [InlineData("of another TEE")]
    public async Task Get_WrongAnswer_IsPassedOnButNeverKept(string what)
    {
        _source.Dcap = () => Wrong(what);
        DcapCollateral first = await GetAsync();
        DcapCollateral second = await GetAsync();
        Assert.Equal((1, true), (_source.Asked, ReferenceEquals(first, second)));

        // The source was mended; after a moment it is asked again, and from then on its answer is kept.
        _source.Dcap = Good;
        _time.Advance(TimeSpan.FromSeconds(11));
        DcapCollateral good = await GetAsync();
        _time.Advance(TimeSpan.FromHours(5));
        Assert.Same(good, await GetAsync());
        Assert.Equal(2, _source.Asked);
    }

    [Fact]
    public async Task Get_WrongAnswerWhileRefreshing_LeavesTheGoodOne()
    {
        DcapCollateral good = await GetAsync();
        _source.Dcap = () => Wrong("TCB info changed");
        _time.Advance(TimeSpan.FromHours(7));
        Assert.Same(good, await GetAsync());
        while (_source.Asked < 2)
        {
            await Task.Yield();
        }

        // Whether or not that fetch is wholly over: what it brought is not given out, today or tomorrow.
        Assert.Same(good, await GetAsync());
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Same(good, await GetAsync());
    }

    [Fact]
    public async Task Get_NothingThere_IsAskedAgainOnlyAfterAMoment()
    {
        _source.Dcap = () => throw new CollateralException("nothing of it");
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("nothing of it", (await Assert.ThrowsAsync<CollateralException>(GetAsync)).Message);
        }

        Assert.Equal(1, _source.Asked);
        _time.Advance(TimeSpan.FromSeconds(11));
        _source.Dcap = Good;
        Assert.NotNull(await GetAsync());
    }

    [Fact]
    public async Task Get_BusySource_IsNotRemembered()
    {
        _source.Dcap = () => throw new CollateralException("busy") { IsBusy = true };
        await Assert.ThrowsAsync<CollateralException>(GetAsync);
        _source.Dcap = Good;

        Assert.NotNull(await GetAsync());
    }

    [Fact]
    [Trait("Security", "B1")]
    public async Task GetSnp_VcekOfAnotherChipOrTcb_IsNotKept()
    {
        var forge = new SnpForge();
        var cache = new CachingCollateralProvider(_source, _time) { SnpAnchor = forge.Pki.Anchor(), RetryAfter = TimeSpan.FromSeconds(10) };
        _source.Snp = _ => forge.Pki.Collateral() with { RevocationList = forge.Pki.RevocationList() };
        string chip = Convert.ToHexStringLower(forge.Report.AsSpan(0x1a0, 64));
        var right = new SnpCollateralRequest(SnpSigningKey.Vcek, SnpProductLine.Genoa, chip, forge.Pki.Tcb);
        SnpCollateralRequest[] wrong = [right with { ChipId = new string('9', 128) }, right with { ReportedTcb = forge.Pki.Tcb + 1 }];
        foreach (SnpCollateralRequest request in wrong)
        {
            await cache.GetSnpAsync(request, Cancellation);
            _time.Advance(TimeSpan.FromSeconds(11));
            await cache.GetSnpAsync(request, Cancellation);
        }

        Assert.Equal(4, _source.Asked);
        await cache.GetSnpAsync(right, Cancellation);
        _time.Advance(TimeSpan.FromHours(1));
        await cache.GetSnpAsync(right, Cancellation);
        Assert.Equal(5, _source.Asked);
    }

    [Fact]
    public async Task GetSnp_ChipThatWasVerified_NeedsItsIssuersAloneLater()
    {
        var forge = new SnpForge();
        var cache = new CachingCollateralProvider(_source, _time) { SnpAnchor = forge.Pki.Anchor() };
        List<bool> issuersOnly = [];
        _source.Snp = request =>
        {
            issuersOnly.Add(request.IssuersOnly);
            return forge.Pki.Collateral() with
            {
                Vek = request.IssuersOnly ? null : forge.Pki.VekDer(),
                RevocationList = forge.Pki.RevocationList(),
            };
        };
        string chip = Convert.ToHexStringLower(forge.Report.AsSpan(0x1a0, 64));
        var request = new SnpCollateralRequest(SnpSigningKey.Vcek, SnpProductLine.Genoa, chip, forge.Pki.Tcb);
        SnpCollateral first = await cache.GetSnpAsync(request, Cancellation);
        _time.Advance(TimeSpan.FromHours(7));
        await cache.GetSnpAsync(request, Cancellation);
        while (_source.Asked < 2)
        {
            await Task.Yield();
        }

        Assert.Equal([false, true], issuersOnly);
        Assert.NotNull(first.Vek);
    }

    [Fact]
    public async Task Verify_SourceAnswersWrongly_IsRefusedAsWhatMayPass()
    {
        var verifier = new DcapQuoteVerifier(_platform.TrustAnchor, _cache, _time);
        _source.Dcap = () => Wrong("TCB info changed");
        Verdict refused = await JudgeAsync(verifier, await QuoteAsync());
        Assert.Equal((VerdictReason.SignatureInvalid, true), (refused.Reason, refused.IsTransient));

        _source.Dcap = () => throw new CollateralException("gone");
        _time.Advance(TimeSpan.FromSeconds(11));
        Verdict missing = await JudgeAsync(verifier, await QuoteAsync());
        Assert.Equal((VerdictReason.CollateralMissing, true), (missing.Reason, missing.IsTransient));

        _source.Dcap = () => _platform.CreateCollateral(scenario: new SimulationScenario { IsPckRevoked = true });
        _time.Advance(TimeSpan.FromSeconds(11));
        Verdict revoked = await JudgeAsync(verifier, await QuoteAsync());
        Assert.Equal((VerdictReason.Revoked, false), (revoked.Reason, revoked.IsTransient));
    }

    [Fact]
    public async Task Verify_NamedPlatformThatWasVerified_NeedsNoSourceForItsNextQuotes()
    {
        (Quote named, byte[] chain) = Name(await QuoteAsync());
        _source.Pck = _ => chain;
        var verifier = new DcapQuoteVerifier(_platform.TrustAnchor, _source, _time);
        Assert.True((await JudgeAsync(verifier, named)).IsAccepted);
        _source.Pck = _ => throw new CollateralException("64 fetches are on their way") { IsBusy = true };

        Verdict second = await JudgeAsync(verifier, named);

        Assert.True(second.IsAccepted, second.ToString());
        Assert.Equal(1, _source.AskedForChains);
    }

    [Fact]
    [Trait("Security", "A5")]
    public async Task Verify_NamedPlatformWhoseQuoteHoldsNotTogether_AsksNoSource()
    {
        (Quote named, byte[] chain) = Name(await QuoteAsync());
        _source.Pck = _ => chain;
        var verifier = new DcapQuoteVerifier(_platform.TrustAnchor, _source, _time);
        foreach ((int offset, string code) in ((int, string)[])[
            (48 + 64, "quote.signature"),
            (436, "quote.signature"),
            (500, "qe.binding"),
            (564 + 320, "qe.binding"),
        ])
        {
            byte[] changed = named.RawData.ToArray();
            changed[offset] ^= 1;

            Verdict verdict = await JudgeAsync(verifier, Quote.FromRaw(changed));

            Assert.Equal(
                (code, VerdictReason.SignatureInvalid),
                (verdict.Checks.Single(c => c.Outcome == VerdictCheckOutcome.Failed).Code, verdict.Reason));
        }

        Assert.Equal(0, _source.AskedForChains);
    }

    private DcapCollateral Good() => _platform.CreateCollateral();

    private DcapCollateral Wrong(string what)
    {
        DcapCollateral good = Good();
        return what switch
        {
            "another root" => SimulationPlatform.Open(_folder.File("other"), _time).CreateCollateral(),
            "TCB info changed" =>
                good with { TcbInfo = good.TcbInfo! with { Body = Change(good.TcbInfo.Body, "\"tcbType\":0", "\"tcbType\": 0") } },
            "QE identity changed" =>
                good with { QeIdentity = good.QeIdentity! with { Body = Change(good.QeIdentity.Body, "\"version\":2", "\"version\": 2") } },
            "list of the root changed" => good with { RootRevocationList = good.PckRevocationList },
            "list of the PCK CA changed" => good with { PckRevocationList = good.RootRevocationList },
            _ => _platform.CreateCollateral(TeeType.Tdx),
        };
    }

    private static byte[] Change(ReadOnlyMemory<byte> body, string from, string to)
    {
        string text = Encoding.UTF8.GetString(body.Span);
        string changed = text.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        return Encoding.UTF8.GetBytes(changed);
    }

    private async Task<Quote> QuoteAsync() =>
        await _platform.CreateIssuer(App()).IssueAsync(ReportData.ForCertificate("certificate"u8), Cancellation);

    private AppMeasurement App() =>
        new() { UniqueId = new string('a', 64), SignerId = _platform.SignerId, ProductId = 3, SecurityVersion = 7 };

    private Task<Verdict> JudgeAsync(DcapQuoteVerifier verifier, Quote quote) => verifier.VerifyAsync(
        quote,
        new QuoteExpectation { ReportData = ReportData.ForCertificate("certificate"u8), Package = App().ToPackageProperties() },
        Cancellation).AsTask();

    private Task<DcapCollateral> GetAsync() => _cache.GetDcapAsync(s_request, Cancellation).AsTask();

    /// <summary>The quote with a name of its platform (type 1) in place of the chain, which no signature covers; and the chain.</summary>
    private static (Quote Named, byte[] Chain) Name(Quote quote)
    {
        const int authentication = 48 + 384 + 4 + 64 + 64 + 384 + 64;
        byte[] bytes = quote.RawData.ToArray();
        int certification = authentication + 2 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(authentication));
        byte[] named = [.. bytes[..certification], 1, 0, 36, 0, 0, 0, .. new byte[36]];
        BinaryPrimitives.WriteInt32LittleEndian(named.AsSpan(432), named.Length - 436);
        return (Quote.FromRaw(named), bytes[(certification + 6)..]);
    }

    private sealed class Source : ICollateralProvider
    {
        private int _asked;
        private int _chains;

        public Func<DcapCollateral> Dcap { get; set; } = () => throw new CollateralException("none");

        public Func<SnpCollateralRequest, SnpCollateral> Snp { get; set; } = _ => throw new CollateralException("none");

        public Func<PckCertificateRequest, byte[]> Pck { get; set; } = _ => throw new CollateralException("none");

        public int Asked => Volatile.Read(ref _asked);

        public int AskedForChains => Volatile.Read(ref _chains);

        public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _asked);
            return ValueTask.FromResult(Dcap());
        }

        public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default)
        {
            SnpCollateral answer = Snp(request);
            Interlocked.Increment(ref _asked);
            return ValueTask.FromResult(answer);
        }

        public ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
            PckCertificateRequest request, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _chains);
            return ValueTask.FromResult<ReadOnlyMemory<byte>>(Pck(request));
        }
    }
}
