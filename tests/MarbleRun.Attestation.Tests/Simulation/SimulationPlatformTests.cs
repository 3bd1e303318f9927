using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Simulation;

public sealed class SimulationPlatformTests : IDisposable
{
    private static readonly ReportData s_reportData = ReportData.ForCertificate("a certificate"u8);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SimulationPlatform _platform;
    private readonly AppMeasurement _measurement;

    public SimulationPlatformTests()
    {
        _platform = SimulationPlatform.Open(_folder.Path, _time);
        _measurement = new AppMeasurement
        {
            UniqueId = new string('a', 64),
            SignerId = _platform.SignerId,
            ProductId = 3,
            SecurityVersion = 7,
        };
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Issue_Measurement_IsAcceptedAndSaysIt()
    {
        Verdict verdict = await JudgeAsync(await IssueAsync(), _measurement.ToPackageProperties());

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal(
            new QuoteClaims
            {
                Tee = TeeType.Sgx,
                UniqueId = _measurement.UniqueId,
                SignerId = _platform.SignerId,
                ProductId = 3,
                SecurityVersion = 7,
                Debug = false,
                ReportData = s_reportData,
                TcbStatus = TcbStatus.UpToDate,
                TrustAnchor = "MarbleRun Development SGX Root CA",
                Sgx = new SgxClaims
                {
                    CpuSvn = string.Concat(Enumerable.Repeat("01", 16)),
                    MiscSelect = 0,
                    Attributes = "05000000000000000300000000000000",
                },
            },
            verdict.Claims! with { Platform = null });
        Assert.Equal("4D4252000000", verdict.Claims.Platform?.Fmspc);
    }

    [Fact]
    public async Task Issue_SignerPackage_IsAccepted()
    {
        Assert.True((await JudgeAsync(await IssueAsync(), _measurement.ToSignerProperties())).IsAccepted);
    }

    [Fact]
    public async Task Verify_AcceptedQuote_ListsChecksInDocumentedOrder()
    {
        PackageProperties package = _measurement.ToSignerProperties() with { UniqueId = _measurement.UniqueId, AcceptedAdvisories = ["X"] };

        Verdict verdict = await JudgeAsync(await IssueAsync(), package);

        Assert.Equal(
            [
                "quote.structure", "chain.structure", "chain.root", "chain.path", "chain.pck",
                "qe.signature", "qe.binding", "quote.signature", "chain.validity",
                "report.data", "package.debug", "package.attributes",
                "package.unique_id", "package.signer_id", "package.product_id", "package.security_version",
                "tcb.status", "tcb.advisories",
            ],
            verdict.Checks.Select(c => c.Code));
        Assert.All(verdict.Checks, c => Assert.False(string.IsNullOrEmpty(c.Source)));
    }

    [Fact]
    [Trait("Security", "A16")]
    public async Task Issue_Debug_IsAcceptedOnlyByDebugPackage()
    {
        Quote quote = await IssueAsync(debug: true);

        Verdict production = await JudgeAsync(quote, new PackageProperties());
        Verdict debug = await JudgeAsync(quote, new PackageProperties { Debug = true });

        Assert.Equal("package.debug: expected a production enclave, found a debug enclave", production.Summary);
        Assert.Equal(VerdictReason.Policy, production.Reason);
        Assert.True(debug.IsAccepted);
    }

    [Fact]
    public async Task Verify_OtherUniqueId_SaysFieldExpectedAndFound()
    {
        Verdict verdict = await JudgeAsync(await IssueAsync(), new PackageProperties { UniqueId = new string('b', 64) });

        Assert.Equal($"package.unique_id: expected {new string('b', 64)}, found {new string('a', 64)}", verdict.Summary);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Verify_OtherCertificateOrNonce_FailsReportData()
    {
        Quote quote = await IssueAsync();
        var swapped = new byte[64];
        s_reportData.CopyTo(swapped);
        swapped = [.. swapped[32..], .. swapped[..32]];
        var last = new byte[64];
        s_reportData.CopyTo(last);
        last[63] = 1;

        ReportData[] others =
        [
            ReportData.ForCertificate("another"u8),
            ReportData.ForCertificate("a certificate"u8, "n"u8),
            ReportData.FromBytes(swapped),
            ReportData.FromBytes(last),
        ];
        foreach (ReportData expected in others)
        {
            Verdict verdict = await _platform.CreateVerifier().VerifyAsync(
                quote,
                new QuoteExpectation { ReportData = expected, Package = new PackageProperties() },
                TestContext.Current.CancellationToken);

            Assert.Equal(VerdictReason.Policy, verdict.Reason);
            Assert.StartsWith("report.data: ", verdict.Summary, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Security", "B10")]
    public async Task Verify_UnderIntelAnchor_SaysThatItIsSimulation()
    {
        var verifier = new DcapQuoteVerifier(DcapTrustAnchor.IntelSgx, timeProvider: _time);

        Verdict verdict = await JudgeAsync(await IssueAsync(), new PackageProperties(), verifier);

        Assert.Equal(VerdictReason.ChainUntrusted, verdict.Reason);
        VerdictCheck failed = verdict.Checks.Single(c => c.Outcome == VerdictCheckOutcome.Failed);
        Assert.Equal("chain.root", failed.Code);
        Assert.Contains("made by simulation", failed.Remedy, StringComparison.Ordinal);
        Assert.Null(verdict.Claims?.TrustAnchor);
        Assert.Equal(TcbStatus.Unknown, verdict.Claims?.TcbStatus);
    }

    [Fact]
    [Trait("Security", "B10")]
    public async Task Verify_DevelopmentRootAsOrdinaryAnchor_StillRequiresCollateral()
    {
        var verifier = new DcapQuoteVerifier(DcapTrustAnchor.FromCertificate(_platform.TrustAnchor.Certificate.Span), timeProvider: _time);

        Assert.Equal(VerdictReason.CollateralMissing, (await JudgeAsync(await IssueAsync(), new PackageProperties(), verifier)).Reason);
    }

    [Fact]
    [Trait("Security", "A2")]
    public async Task Verify_OtherSimulation_IsUntrustedAndSaysWhy()
    {
        using var folder = new TemporaryFolder();
        var other = SimulationPlatform.Open(folder.Path, _time);

        Verdict verdict = await JudgeAsync(await IssueAsync(), new PackageProperties(), other.CreateVerifier());

        Assert.Equal(VerdictReason.ChainUntrusted, verdict.Reason);
        Assert.Contains("another simulation", verdict.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ByRelyingPartyWithRootOnly_IsAccepted()
    {
        var anchor = DcapTrustAnchor.ForSimulation(_platform.TrustAnchor.Certificate.Span);

        var verifier = new DcapQuoteVerifier(anchor, timeProvider: _time);
        Assert.True((await JudgeAsync(await IssueAsync(), new PackageProperties(), verifier)).IsAccepted);
    }

    [Fact]
    public async Task Verify_EvidenceOnTheWire_IsAccepted()
    {
        Quote received = Quote.FromEvidence((await IssueAsync()).ToEvidence());

        Assert.True((await JudgeAsync(received, _measurement.ToPackageProperties())).IsAccepted);
    }

    [Fact]
    [Trait("Security", "A18")]
    public async Task Verify_EveryTruncation_IsMalformed()
    {
        byte[] quote = (await IssueAsync()).RawData.ToArray();
        for (int length = 0; length < quote.Length; length++)
        {
            Verdict verdict = await JudgeAsync(Quote.FromRaw(quote.AsSpan(0, length)), new PackageProperties());

            Assert.True(verdict.Reason == VerdictReason.Malformed, $"length {length}: {verdict}");
        }
    }

    [Fact]
    [Trait("Security", "A18")]
    public async Task Verify_RandomBytes_NeverThrows()
    {
        byte[] quote = (await IssueAsync()).RawData.ToArray();
        var random = new Random(20260601);
        for (int i = 0; i < 500; i++)
        {
            byte[] changed = [.. quote];
            random.NextBytes(changed.AsSpan(random.Next(432, changed.Length)));

            Assert.False((await JudgeAsync(Quote.FromRaw(changed), new PackageProperties())).IsAccepted);
        }
    }

    [Fact]
    public async Task CreateIssuer_Twice_HasAnotherAttestationKey()
    {
        byte[] first = (await IssueAsync()).RawData[500..564].ToArray();
        byte[] second = (await IssueAsync()).RawData[500..564].ToArray();

        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Issue_ManyAtOnce_AllAreAccepted()
    {
        IQuoteIssuer issuer = _platform.CreateIssuer(_measurement);

        Quote[] quotes = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Task.Run(async () => await issuer.IssueAsync(s_reportData))));

        foreach (Quote quote in quotes)
        {
            Assert.True((await JudgeAsync(quote, _measurement.ToPackageProperties())).IsAccepted);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("aa")]
    [InlineData("zz")]
    public void CreateIssuer_IdThatIsNo32Bytes_Throws(string id)
    {
        Assert.Throws<ArgumentException>(() => _platform.CreateIssuer(_measurement with { UniqueId = id }));
        Assert.Throws<ArgumentException>(() => _platform.CreateIssuer(_measurement with { SignerId = id }));
    }

    [Fact]
    public async Task Issue_Cancelled_Throws()
    {
        IQuoteIssuer issuer = _platform.CreateIssuer(_measurement);

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await issuer.IssueAsync(s_reportData, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Verify_BeforeAndAfterLifetime_IsExpired()
    {
        Quote quote = await IssueAsync();
        foreach (int years in (int[])[-1, 31])
        {
            var verifier = new DcapQuoteVerifier(
                _platform.TrustAnchor, timeProvider: new FakeTimeProvider(_time.GetUtcNow().AddYears(years)));

            Assert.Equal(VerdictReason.CollateralExpired, (await JudgeAsync(quote, new PackageProperties(), verifier)).Reason);
        }
    }

    private async Task<Quote> IssueAsync(bool debug = false) =>
        await _platform.CreateIssuer(_measurement, debug).IssueAsync(s_reportData, TestContext.Current.CancellationToken);

    private async Task<Verdict> JudgeAsync(Quote quote, PackageProperties package, IQuoteVerifier? verifier = null) =>
        await (verifier ?? _platform.CreateVerifier()).VerifyAsync(
            quote, new QuoteExpectation { ReportData = s_reportData, Package = package }, TestContext.Current.CancellationToken);
}
