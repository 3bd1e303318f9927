using System.IO.Compression;
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
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>
/// Servers that do what they shouldn't, in place of a PCCS and of a KDS: each ends in a refusal with words, and none is followed, unpacked
/// or waited for.
/// </summary>
[Trait("Security", "A20")]
[Trait("Security", "G5")]
public sealed class HostileSourceTests : IAsyncLifetime
{
    private const int Limit = 256 * 1024;

    // Its keys take long to make.
    private static readonly Lazy<byte[]> s_report = new(() => new SnpForge().Build());

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new();
    private LoopbackServer _server = null!;

    /// <summary>What is asked.</summary>
    public enum Source
    {
        /// <summary>Intel's collateral.</summary>
        Pccs,

        /// <summary>AMD's.</summary>
        Kds,
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await LoopbackServer.StartAsync(_ => { });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Source.Pccs, "/elsewhere")]
    [InlineData(Source.Pccs, "file:///etc/passwd")]
    [InlineData(Source.Pccs, "http://127.0.0.1:1/")]
    [InlineData(Source.Kds, "/elsewhere")]
    [InlineData(Source.Kds, "file:///etc/passwd")]
    [InlineData(Source.Kds, "http://127.0.0.1:1/")]
    public async Task Verify_Redirect_IsNotFollowed(Source source, string target)
    {
        _server.Override = context =>
        {
            context.Response.Redirect(target);
            return Task.FromResult(true);
        };

        AssertRefused(await JudgeAsync(source, _server.Address), "answered 302 instead of 200");

        Assert.DoesNotContain("/elsewhere", _server.Requests);
    }

    [Theory]
    [InlineData(Source.Pccs)]
    [InlineData(Source.Kds)]
    public async Task Verify_EndlessBody_IsCutOff(Source source)
    {
        _server.Override = async context =>
        {
            AddChains(context);
            var junk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(junk, context.RequestAborted);
            }

            return true;
        };

        AssertRefused(await JudgeAsync(source, _server.Address), $"answered more than {Limit} bytes");
    }

    [Theory]
    [InlineData(Source.Pccs)]
    [InlineData(Source.Kds)]
    public async Task Verify_BodyThatIsSaidToBeTooLarge_IsNotRead(Source source)
    {
        _server.Override = async context =>
        {
            AddChains(context);
            context.Response.ContentLength = Limit + 1;
            await context.Response.Body.FlushAsync(Cancellation);
            await HangAsync(context);
            return true;
        };

        AssertRefused(await JudgeAsync(source, _server.Address), $"answered more than {Limit} bytes");
    }

    [Theory]
    [InlineData(Source.Pccs, true)]
    [InlineData(Source.Pccs, false)]
    [InlineData(Source.Kds, true)]
    [InlineData(Source.Kds, false)]
    public async Task Verify_GzipBomb_IsNotUnpacked(Source source, bool isDeclared)
    {
        byte[] bomb = Compress(new byte[16 * 1024 * 1024]);
        Assert.True(bomb.Length < Limit);
        _server.Override = async context =>
        {
            AddChains(context);
            context.Response.Headers.ContentEncoding = isDeclared ? "gzip" : default;
            await context.Response.Body.WriteAsync(bomb, context.RequestAborted);
            return true;
        };

        AssertRefused(
            await JudgeAsync(source, _server.Address), isDeclared ? "answered in a compressed form" : "answered something else than");
    }

    [Theory]
    [InlineData(Source.Pccs)]
    [InlineData(Source.Kds)]
    public async Task Verify_WebPage_IsRefused(Source source)
    {
        _server.Override = async context =>
        {
            AddChains(context);
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync("<html>Log in</html>");
            return true;
        };

        AssertRefused(await JudgeAsync(source, _server.Address), "answered a web page");
    }

    [Theory]
    [InlineData(Source.Pccs, "")]
    [InlineData(Source.Pccs, "<html>")]
    [InlineData(Source.Pccs, "{}")]
    [InlineData(Source.Pccs, "30")]
    [InlineData(Source.Kds, "")]
    [InlineData(Source.Kds, "<html>")]
    [InlineData(Source.Kds, "{}")]
    [InlineData(Source.Kds, "30")]
    public async Task Verify_OtherContent_IsRefused(Source source, string body)
    {
        _server.Override = async context =>
        {
            AddChains(context);
            await context.Response.WriteAsync(body);
            return true;
        };

        AssertRefused(await JudgeAsync(source, _server.Address), "answered something else than");
    }

    [Theory]
    [InlineData(Source.Pccs, true)]
    [InlineData(Source.Pccs, false)]
    [InlineData(Source.Kds, true)]
    [InlineData(Source.Kds, false)]
    public async Task Verify_SlowAnswer_EndsWithTheTimeLimit(Source source, bool sendsHeadersAndOneByte)
    {
        var asked = new TaskCompletionSource();
        _server.Override = async context =>
        {
            AddChains(context);
            if (sendsHeadersAndOneByte)
            {
                await context.Response.Body.WriteAsync(new byte[] { (byte)'{' }, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            asked.TrySetResult();
            await HangAsync(context);
            return true;
        };

        Task<Verdict> verdict = JudgeAsync(source, _server.Address);
        await asked.Task.WaitAsync(Cancellation);
        Assert.False(verdict.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(11));

        AssertRefused(await verdict, "took longer than 10 s");
    }

    [Theory]
    [InlineData(Source.Pccs)]
    [InlineData(Source.Kds)]
    public async Task Verify_ServerCertificateOfNoAuthority_IsRefused(Source source)
    {
        using var authority = new TestAuthority();
        await using LoopbackServer server = await LoopbackServer.StartAsync(_ => { }, authority.Root);

        AssertRefused(await JudgeAsync(source, server.Address), "The remote certificate");

        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(40 * 1024, "more than 32768 bytes")]
    [InlineData(512 * 1024, "can't be reached")]
    public async Task Verify_OverlongIssuerChain_IsRefused(int length, string words)
    {
        _server.Override = async context =>
        {
            AddChains(context);
            context.Response.Headers["TCB-Info-Issuer-Chain"] = new string('x', length);
            await context.Response.WriteAsync("{}");
            return true;
        };

        AssertRefused(await JudgeAsync(Source.Pccs, _server.Address), words);
    }

    [Theory]
    [InlineData(Source.Pccs)]
    [InlineData(Source.Kds)]
    public async Task Verify_NoServerListens_IsRefused(Source source)
    {
        Uri gone = _server.Address;
        await _server.DisposeAsync();

        AssertRefused(await JudgeAsync(source, gone), "can't be reached");
    }

    private static void AddChains(HttpContext context)
    {
        foreach (string name in (string[])["TCB-Info-Issuer-Chain", "SGX-Enclave-Identity-Issuer-Chain", "SGX-PCK-CRL-Issuer-Chain"])
        {
            context.Response.Headers[name] = "x";
        }
    }

    private static async Task HangAsync(HttpContext context)
    {
        var aborted = new TaskCompletionSource();
        context.RequestAborted.Register(aborted.SetResult);
        await aborted.Task.WaitAsync(Cancellation);
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.SmallestSize))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    private static void AssertRefused(Verdict verdict, string words)
    {
        Assert.Equal(("collateral.available", VerdictReason.CollateralMissing), SnpForge.Failure(verdict));
        Assert.Contains(words, verdict.Summary, StringComparison.Ordinal);
    }

    private async Task<Verdict> JudgeAsync(Source source, Uri address)
    {
        if (source == Source.Kds)
        {
            using var kds = new KdsClient(address, new KdsOptions { LargestResponse = Limit }, timeProvider: _time);
            var expectation = new QuoteExpectation { ReportData = ReportData.FromBytes(new byte[64]), Package = SnpForge.Package() };
            return await new SnpReportVerifier(SnpTrustAnchor.Genoa, kds, _time).VerifyAsync(
                Quote.FromRaw(s_report.Value), expectation, Cancellation);
        }

        SimulationPlatform platform = SimulationPlatform.Open(_folder.Path);
        var app = new AppMeasurement { UniqueId = new string('a', 64), SignerId = platform.SignerId, ProductId = 3, SecurityVersion = 7 };
        ReportData data = ReportData.ForCertificate("certificate"u8);
        Quote quote = await platform.CreateIssuer(app).IssueAsync(data, Cancellation);
        using var pccs = new PccsClient(address, new PccsOptions { LargestResponse = Limit }, timeProvider: _time);
        return await new DcapQuoteVerifier(platform.TrustAnchor, pccs, TimeProvider.System)
            .VerifyAsync(quote, new QuoteExpectation { ReportData = data, Package = app.ToPackageProperties() }, Cancellation);
    }
}
