using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>What one machine, or an unauthenticated caller who pretends to be many, can do to the collateral of others: nothing.</summary>
public sealed class SharedCollateralTests : IDisposable
{
    private static readonly ReportData s_reportData = ReportData.ForCertificate("certificate"u8);
    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SimulationPlatform _platform;
    private readonly AppMeasurement _app;

    public SharedCollateralTests()
    {
        _platform = SimulationPlatform.Open(_folder.Path, _time);
        _app = new AppMeasurement { UniqueId = new string('a', 64), SignerId = _platform.SignerId, ProductId = 3, SecurityVersion = 7 };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    // Intel's PCS finds a PCK certificate by encrypted_ppid; the QE id in the header is what the sender wrote.
    [Fact]
    public async Task PckCache_OtherPpidUnderVictimsQeId_DoesNotReplaceTheVictimsChain()
    {
        using var strange = new TemporaryDirectory();
        byte[] victim = await ChainAsync(_platform);
        byte[] outsider = await ChainAsync(SimulationPlatform.Open(strange.Path, _time));
        var inner = new Fake { Pck = r => r.EncryptedPpid![0] == 'f' ? outsider : victim };
        var cache = new CachingCollateralProvider(inner, _time);
        var named = new PckCertificateRequest(new string('1', 32), new string('c', 32), "0d00", "0102");

        await cache.GetPckCertificateChainAsync(named with { EncryptedPpid = new string('f', 768) }, Cancellation);
        ReadOnlyMemory<byte> got = await cache.GetPckCertificateChainAsync(
            named with { EncryptedPpid = new string('b', 768) }, Cancellation);

        Assert.True(got.Span.SequenceEqual(victim));
    }

    [Fact]
    public async Task SnpFetch_Version2OfGenoaWithVcekInTheTable_GetsIssuersOfGenoa()
    {
        var forge = new SnpForge(SnpProductLine.Genoa);
        forge.WriteUInt32(0, 2);
        forge.Fill(0x188, 3, 0);
        forge.WriteUInt64(0x1f8, 0);
        forge.WriteUInt64(0x200, 0);
        forge.Fill(0x1a0, 64, 0x5a);
        Assert.True(SnpReport.TryParse(forge.Build(), out SnpReport? report, out CheckFailure? f), f?.Found);
        List<SnpProductLine> asked = [];
        var inner = new Fake
        {
            Snp = r =>
            {
                asked.Add(r.ProductLine);
                return ValueTask.FromResult(
                    new SnpCollateral { Ask = forge.Pki.AskDer(), Ark = forge.Pki.ArkDer(), RevocationList = forge.Pki.RevocationList() });
            },
        };

        await SnpFetch.GetAsync(inner, report!, forge.Pki.VekDer(), SnpTrustAnchor.Amd, Cancellation);

        Assert.Equal(SnpProductLine.Genoa, asked[^1]);
    }

    // The caches renew the documents of each family on their own: the first to see a new identity must not shut the others out.
    [Fact]
    [Trait("Security", "A15")]
    public void Numbers_QeIdentityRaisedByAnotherFamily_DoesNotShutThisOneOut()
    {
        var numbers = new EvaluationNumbers();

        Assert.Null(numbers.Check(Identity(18), [1, 2, 3, 4, 5, 6]));
        Assert.Null(numbers.Check(Identity(17), [6, 5, 4, 3, 2, 1]));
        Assert.NotNull(numbers.Check(Identity(17), [1, 2, 3, 4, 5, 6]));
    }

    [Fact]
    public async Task Cache_UnsignedReportsOfThousandChips_DoNotStartThousandFetches()
    {
        int running = 0;
        var never = new TaskCompletionSource<SnpCollateral>();
        var inner = new Fake { Snp = _ => { Interlocked.Increment(ref running); return new ValueTask<SnpCollateral>(never.Task); } };
        var verifier = new SnpReportVerifier(SnpTrustAnchor.Amd, new CachingCollateralProvider(inner, _time), _time);
        var forge = new SnpForge(SnpProductLine.Genoa);
        var calls = new List<Task>();
        for (int i = 0; i < 1000; i++)
        {
            byte[] report = forge.Build();
            BitConverter.TryWriteBytes(report.AsSpan(0x1a0), i + 1);
            using var gone = new CancellationTokenSource();
            Task<Verdict> call = verifier.VerifyAsync(
                Quote.FromRaw(report), new QuoteExpectation { ReportData = s_reportData, Package = new() }, gone.Token).AsTask();
            await gone.CancelAsync();
            calls.Add(call.ContinueWith(_ => { }, TaskScheduler.Default));
        }

        await Task.WhenAll(calls);

        // The pool starts what was let through; then one more is refused at once.
        while (Volatile.Read(ref running) < 64)
        {
            await Task.Yield();
        }

        Verdict refused = await verifier.VerifyAsync(
            Quote.FromRaw(forge.Build()), new QuoteExpectation { ReportData = s_reportData, Package = new() }, Cancellation);
        Assert.Contains("64 fetches of collateral are pending", refused.Summary, StringComparison.Ordinal);
        Assert.Equal(64, running);
    }

    private async Task<byte[]> ChainAsync(SimulationPlatform platform)
    {
        Quote quote = await platform.CreateIssuer(_app).IssueAsync(s_reportData, Cancellation);
        Assert.True(DcapQuoteContent.TryRead(quote, out DcapQuoteContent? content, out _));
        return Encoding.ASCII.GetBytes(content!.PckCertificateChain);
    }

    private QeIdentity Identity(int number)
    {
        DcapCollateral collateral = _platform.CreateCollateral(scenario: new SimulationScenario { TcbEvaluationDataNumber = number });
        Assert.True(QeIdentity.TryParse(collateral.QeIdentity!.Body, out QeIdentity? identity, out string? fault), fault);
        return identity;
    }

    private sealed class Fake : ICollateralProvider
    {
        public Func<PckCertificateRequest, byte[]> Pck { get; init; } = _ => throw new CollateralException("none");

        public Func<SnpCollateralRequest, ValueTask<SnpCollateral>> Snp { get; init; } = _ => throw new CollateralException("none");

        public ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
            PckCertificateRequest request, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<ReadOnlyMemory<byte>>(Pck(request));

        public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default) =>
            Snp(request);
    }
}
