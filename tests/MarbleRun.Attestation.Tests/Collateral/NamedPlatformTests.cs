using System.Buffers.Binary;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>
/// Quotes that name their platform (certification data type 1 to 3) instead of carrying its certificates: these come from a PCCS or a
/// bundle.
/// </summary>
[Trait("Security", "A18")]
public sealed class NamedPlatformTests : IAsyncLifetime
{
    // Layout of version 3: header, report, length, signature, key, report of the quoting enclave, its signature; then its authentication
    // data.
    private const int AuthenticationOffset = 48 + 384 + 4 + 64 + 64 + 384 + 64;
    private const string End = "-----END CERTIFICATE-----\n";

    private static readonly ReportData s_reportData = ReportData.ForCertificate("certificate"u8);
    private static readonly byte[] s_svns = [.. Enumerable.Repeat((byte)0xc5, 16), 0x0d, 0x00, 0x01, 0x02];

    private readonly TemporaryDirectory _folder = new();
    private SimulationPlatform _platform = null!;
    private AppMeasurement _app = null!;
    private byte[] _quote = [];
    private string _chain = string.Empty;
    private SimulationPccs _pccs = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string QeId => Convert.ToHexStringLower(_quote.AsSpan(28, 16));

    private string Query => $"?qeid={QeId}&cpusvn={Convert.ToHexStringLower(s_svns.AsSpan(0, 16))}&pcesvn=0d00&pceid=0102";

    public async ValueTask InitializeAsync()
    {
        _platform = SimulationPlatform.Open(_folder.Path);
        _app = new AppMeasurement { UniqueId = new string('a', 64), SignerId = _platform.SignerId, ProductId = 3, SecurityVersion = 7 };
        _quote = (await _platform.CreateIssuer(_app).IssueAsync(s_reportData, Cancellation)).RawData.ToArray();
        int certification = AuthenticationOffset + 2 + BinaryPrimitives.ReadUInt16LittleEndian(_quote.AsSpan(AuthenticationOffset));
        int length = BinaryPrimitives.ReadInt32LittleEndian(_quote.AsSpan(certification + 2));
        _chain = Encoding.ASCII.GetString(_quote, certification + 6, length);
        _pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));
    }

    public async ValueTask DisposeAsync()
    {
        await _pccs.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1, 16, false)]
    [InlineData(2, 256, false)]
    [InlineData(3, 384, true)]
    public async Task Verify_ChainFromPccs_IsAccepted(ushort type, int ppidSize, bool sendsPpid)
    {
        string ppid = sendsPpid ? "&encrypted_ppid=" + string.Concat(Enumerable.Repeat("b7", ppidSize)) : string.Empty;
        int leaf = _chain.IndexOf(End, StringComparison.Ordinal) + End.Length;
        _pccs.PckCertificates[Query + ppid] = (_chain[..leaf], _chain[leaf..]);
        using var client = new PccsClient(_pccs.Address);

        Verdict verdict = await JudgeAsync(client, type, ppidSize);

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Fact]
    public async Task Verify_PlatformThatThePccsDoesNotKnow_IsRefusedWithWords()
    {
        using var client = new PccsClient(_pccs.Address);

        Verdict verdict = await JudgeAsync(client, 1, 16);

        Assert.Equal(("chain.structure", VerdictReason.CollateralMissing), Failure(verdict));
        Assert.Contains("answered 404 instead of 200", verdict.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")]
    public async Task Verify_PccsAnswersNoChain_IsRefused(string answer)
    {
        _pccs.PckCertificates[Query] = (answer, answer);
        using var client = new PccsClient(_pccs.Address);

        Verdict verdict = await JudgeAsync(client, 1, 16);

        Assert.Equal(("chain.structure", VerdictReason.CollateralMissing), Failure(verdict));
        Assert.Contains("answered something else than a PCK certificate with its issuers", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "A1")]
    public async Task Verify_ChainOfAnotherRoot_IsRefused()
    {
        using var other = new TemporaryDirectory();
        SimulationPlatform outsider = SimulationPlatform.Open(other.Path);
        DcapQuoteContent content = Read((await outsider.CreateIssuer(_app).IssueAsync(s_reportData, Cancellation)).RawData);
        CollateralBundle bundle = await BundleAsync(Encoding.ASCII.GetBytes(content.PckCertificateChain));

        Assert.Equal(("chain.root", VerdictReason.ChainUntrusted), Failure(await JudgeAsync(bundle, 1, 16)));
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(2, 256)]
    [InlineData(3, 384)]
    public async Task Verify_ChainFromBundle_IsAccepted(ushort type, int ppidSize)
    {
        CollateralBundle bundle = await BundleAsync(Encoding.ASCII.GetBytes(_chain));

        Verdict verdict = await JudgeAsync(bundle, type, ppidSize);

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.True(
            File.Exists(Path.Combine(bundle.Directory, $"pck-{QeId}-{Convert.ToHexStringLower(s_svns.AsSpan(0, 16))}-0d00-0102.pem")));
    }

    [Fact]
    public async Task Verify_ChainFromTheBundlesCommonFile_IsAccepted()
    {
        string folder = _folder.File("common");
        Directory.CreateDirectory(folder);
        DcapCollateral all = _platform.CreateCollateral() with { PckCertificateChain = Encoding.ASCII.GetBytes(_chain) };
        await File.WriteAllBytesAsync(Path.Combine(folder, "collateral.json"), all.ToJson(), Cancellation);

        Verdict verdict = await JudgeAsync(CollateralBundle.Open(folder), 3, 384);

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Theory]
    [InlineData(1, 15)]
    [InlineData(3, 256)]
    [InlineData(4, 16)]
    [InlineData(7, 16)]
    public async Task Verify_NameOfAnotherForm_IsUnsupportedAndNothingIsFetched(ushort type, int ppidSize)
    {
        using var client = new PccsClient(_pccs.Address);

        Verdict verdict = await JudgeAsync(client, type, ppidSize);

        Assert.Equal(("chain.structure", VerdictReason.Unsupported), Failure(verdict));
        Assert.Empty(_pccs.Server.Requests);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(3, 384)]
    public async Task Verify_NoProvider_IsUnsupported(ushort type, int ppidSize)
    {
        var verifier = new DcapQuoteVerifier(_platform.TrustAnchor, _platform.CreateCollateral(), TimeProvider.System);

        Assert.Equal(("chain.structure", VerdictReason.Unsupported), Failure(await JudgeAsync(verifier, type, ppidSize)));
    }

    [Fact]
    public async Task Cache_SamePlatformWithAnotherCiphertext_IsFetchedAnew()
    {
        var request = new PckCertificateRequest(QeId, new string('c', 32), "0d00", "0102") { EncryptedPpid = new string('1', 768) };
        CollateralBundle bundle = CollateralBundle.Open(_folder.File("bundle"));
        await bundle.SavePckCertificateChainAsync(request, Encoding.ASCII.GetBytes(_chain), Cancellation);
        var cache = new CachingCollateralProvider(bundle);
        await cache.GetPckCertificateChainAsync(request, Cancellation);
        Directory.Delete(bundle.Directory, recursive: true);

        ReadOnlyMemory<byte> kept = await cache.GetPckCertificateChainAsync(request, Cancellation);

        Assert.Equal(_chain, Encoding.ASCII.GetString(kept.Span));
        await Assert.ThrowsAsync<CollateralException>(
            () => cache.GetPckCertificateChainAsync(request with { EncryptedPpid = new string('2', 768) }, Cancellation).AsTask());
    }

    private static DcapQuoteContent Read(ReadOnlyMemory<byte> quote)
    {
        Assert.True(DcapQuoteContent.TryRead(Quote.FromRaw(quote.Span), out DcapQuoteContent? content, out string? fault), fault);
        return content!;
    }

    private static (string? Code, VerdictReason Reason) Failure(Verdict verdict) =>
        (verdict.Checks.SingleOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed)?.Code, verdict.Reason);

    private async Task<CollateralBundle> BundleAsync(byte[] chain)
    {
        CollateralBundle bundle = CollateralBundle.Open(_folder.File("bundle"));
        await bundle.SaveAsync(
            new DcapCollateralRequest(TeeType.Sgx, "4D4252000000", "platform"), _platform.CreateCollateral(), Cancellation);
        var request = new PckCertificateRequest(QeId, Convert.ToHexStringLower(s_svns.AsSpan(0, 16)), "0d00", "0102");
        await bundle.SavePckCertificateChainAsync(request, chain, Cancellation);
        return bundle;
    }

    private Task<Verdict> JudgeAsync(ICollateralProvider provider, ushort type, int ppidSize) =>
        JudgeAsync(new DcapQuoteVerifier(_platform.TrustAnchor, provider, TimeProvider.System), type, ppidSize);

    /// <summary>Judges the quote with a name in place of the chain, which no signature covers.</summary>
    private async Task<Verdict> JudgeAsync(DcapQuoteVerifier verifier, ushort type, int ppidSize)
    {
        byte[] name = [.. Enumerable.Repeat((byte)0xb7, ppidSize), .. s_svns];
        int certification = AuthenticationOffset + 2 + BinaryPrimitives.ReadUInt16LittleEndian(_quote.AsSpan(AuthenticationOffset));
        byte[] quote = [.. _quote[..certification], (byte)type, 0, .. BitConverter.GetBytes(name.Length), .. name];
        BinaryPrimitives.WriteInt32LittleEndian(quote.AsSpan(48 + 384), quote.Length - 48 - 384 - 4);
        var expectation = new QuoteExpectation { ReportData = s_reportData, Package = _app.ToPackageProperties() };
        return await verifier.VerifyAsync(Quote.FromRaw(quote), expectation, Cancellation);
    }
}
