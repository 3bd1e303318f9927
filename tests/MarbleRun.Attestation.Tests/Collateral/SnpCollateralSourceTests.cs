using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Snp;
using MarbleRun.Tests.Attestation.Snp;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>Bundle, cache and fallback for AMD platforms.</summary>
public sealed class SnpCollateralSourceTests : IDisposable
{
    private const string Line = "snp-genoa-vcek";

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new(SnpTestPki.Now);
    private readonly SnpForge _forge = new();
    private readonly CollateralBundle _bundle;

    public SnpCollateralSourceTests()
    {
        _bundle = CollateralBundle.Open(_folder.File("bundle"));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SnpCollateral Whole => _forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList() };

    private SnpCollateralRequest Request => new(
        SnpSigningKey.Vcek,
        SnpProductLine.Genoa,
        Convert.ToHexStringLower(_forge.Report.AsSpan(0x1a0, 64)),
        _forge.Pki.Tcb);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Security", "B3")]
    public async Task Bundle_Saved_VerifiesWithoutNetwork()
    {
        await _bundle.SaveSnpAsync(Request, Whole, Cancellation);

        Verdict verdict = await JudgeAsync(_bundle);

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Contains(verdict.Checks, c => c.Code == "crl.ark");
        Assert.Equal(
            [$"{Request.ChipId}-541700000000020a.der", "ark.der", "ask.der", "crl.der"],
            Directory.GetFiles(Path.Combine(_bundle.Directory, Line)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(SnpProductLine.Turin, SnpSigningKey.Vcek, "snp-turin-vcek/6368697000000000-5100000004030201.der")]
    [InlineData(SnpProductLine.Milan, SnpSigningKey.Vlek, "snp-milan-vlek/541700000000020a.der")]
    public async Task Bundle_OtherLinesAndKeys_HaveFilesOfTheirOwn(SnpProductLine line, SnpSigningKey key, string file)
    {
        var forge = new SnpForge(line, key);
        string chip = key == SnpSigningKey.Vlek ? string.Empty : Convert.ToHexStringLower(forge.Report.AsSpan(0x1a0, 64));
        var request = new SnpCollateralRequest(key, line, chip, forge.Pki.Tcb);
        await _bundle.SaveSnpAsync(request, forge.Pki.Collateral() with { RevocationList = forge.Pki.RevocationList() }, Cancellation);

        Verdict verdict = await JudgeAsync(_bundle, forge);

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.True(File.Exists(Path.Combine(_bundle.Directory, file)));
    }

    [Fact]
    public async Task Bundle_FourFilesInTheFolderItself_ServeEveryPlatform()
    {
        SnpCollateral all = Whole;
        Directory.CreateDirectory(_bundle.Directory);
        foreach ((string name, ReadOnlyMemory<byte>? content) in ((string, ReadOnlyMemory<byte>?)[])
            [("vek.der", all.Vek), ("ask.der", all.Ask), ("ark.der", all.Ark), ("crl.der", all.RevocationList)])
        {
            await File.WriteAllBytesAsync(Path.Combine(_bundle.Directory, name), content!.Value.ToArray(), Cancellation);
        }

        Verdict verdict = await JudgeAsync(_bundle);

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Theory]
    [InlineData("crl.der", "no revocation list of the root (ARK)")]
    [InlineData("ask.der", "no ASK or ASVK certificate")]
    [InlineData("*-541700000000020a.der", "has neither a file snp-genoa-vcek")]
    [Trait("Security", "B3")]
    public async Task Bundle_PartMissing_IsRefused(string pattern, string words)
    {
        await _bundle.SaveSnpAsync(Request, Whole, Cancellation);
        File.Delete(Assert.Single(Directory.GetFiles(Path.Combine(_bundle.Directory, Line), pattern)));

        Verdict verdict = await JudgeAsync(_bundle);

        Assert.Equal(("collateral.available", VerdictReason.CollateralMissing), SnpForge.Failure(verdict));
        Assert.Contains(words, verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bundle_RootMissing_TakesTheTrustedOne()
    {
        await _bundle.SaveSnpAsync(Request, Whole with { Ark = null }, Cancellation);

        Verdict verdict = await JudgeAsync(_bundle);

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Fact]
    public async Task Cache_WithinTheDates_AsksOnceAndNeverGivesOutWhatEnded()
    {
        var source = new Source(Whole);
        var cache = new CachingCollateralProvider(source, _time) { RefreshAfter = TimeSpan.FromDays(365) };
        Assert.True((await JudgeAsync(cache)).IsAccepted);
        Assert.True((await JudgeAsync(cache)).IsAccepted);
        Assert.Equal(1, source.Fetches);

        _time.Advance(TimeSpan.FromDays(31));
        source.Collateral = null;

        Assert.Equal(("collateral.available", VerdictReason.CollateralMissing), SnpForge.Failure(await JudgeAsync(cache)));
    }

    [Fact]
    public async Task Cache_PartMissing_IsNotKept()
    {
        var source = new Source(Whole with { RevocationList = null });
        var cache = new CachingCollateralProvider(source, _time);

        await cache.GetSnpAsync(Request, Cancellation);
        await cache.GetSnpAsync(Request, Cancellation);

        Assert.Equal(2, source.Fetches);
    }

    [Fact]
    public async Task Fallback_FirstFails_AsksTheNext()
    {
        await _bundle.SaveSnpAsync(Request, Whole, Cancellation);
        using var pccs = new PccsClient(new Uri("http://127.0.0.1:1"));
        var fallback = new FallbackCollateralProvider(pccs, new Source(null), _bundle);

        Verdict verdict = await JudgeAsync(fallback);

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Fact]
    public async Task Fallback_AllFail_NamesEveryReason()
    {
        using var pccs = new PccsClient(new Uri("http://127.0.0.1:1"));
        var fallback = new FallbackCollateralProvider(pccs, new Source(null), _bundle);

        Verdict verdict = await JudgeAsync(fallback);

        Assert.Equal(("collateral.available", VerdictReason.CollateralMissing), SnpForge.Failure(verdict));
        Assert.Contains("The configured source has no certificates of AMD platforms.", verdict.Summary, StringComparison.Ordinal);
        Assert.Contains("gone", verdict.Summary, StringComparison.Ordinal);
        Assert.Contains("has neither a file", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fallback_NoSources_SaysSo()
    {
        ICollateralProvider none = new FallbackCollateralProvider();

        CollateralException e = await Assert.ThrowsAsync<CollateralException>(() => none.GetSnpAsync(Request, Cancellation).AsTask());

        Assert.Equal("No source of collateral is configured.", e.Message);
    }

    private async Task<Verdict> JudgeAsync(ICollateralProvider provider, SnpForge? forge = null)
    {
        forge ??= _forge;
        var verifier = new SnpReportVerifier(forge.Pki.Anchor(), provider, _time);
        var expectation = new QuoteExpectation { ReportData = ReportData.FromBytes(new byte[64]), Package = SnpForge.Package() };
        return await verifier.VerifyAsync(Quote.FromRaw(forge.Build()), expectation, Cancellation);
    }

    private sealed class Source(SnpCollateral? collateral) : ICollateralProvider
    {
        public SnpCollateral? Collateral { get; set; } = collateral;

        public int Fetches { get; private set; }

        public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default)
        {
            Fetches++;
            return Collateral is { } all ? ValueTask.FromResult(all) : throw new CollateralException("gone");
        }
    }
}
