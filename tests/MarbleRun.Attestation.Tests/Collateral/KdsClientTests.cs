using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>
/// The whole path over loopback: a report, its certificates fetched from a KDS, and the verdict. The addresses are written out as AMD
/// #57230 has them.
/// </summary>
public sealed class KdsClientTests : IAsyncLifetime
{
    private const string Zeros = "00000000000000000000000000000000000000000000000000000000";
    private const string Chip = "6368697000000000" + Zeros + Zeros;
    private const string GenoaVcek = Chip + "?blSPL=10&teeSPL=02&snpSPL=23&ucodeSPL=84";
    private const string TurinVcek = "6368697000000000?fmcSPL=01&blSPL=02&teeSPL=03&snpSPL=04&ucodeSPL=81";

    private FakeKds _kds = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _kds = await FakeKds.StartAsync();

    public ValueTask DisposeAsync() => _kds.DisposeAsync();

    [Theory]
    [InlineData(SnpProductLine.Milan, "/vcek/v1/Milan/", GenoaVcek)]
    [InlineData(SnpProductLine.Genoa, "/vcek/v1/Genoa/", GenoaVcek)]
    [InlineData(SnpProductLine.Turin, "/vcek/v1/Turin/", TurinVcek)]
    [Trait("Security", "B3")]
    public async Task Verify_CollateralFromKds_IsAcceptedWithTheListChecked(SnpProductLine line, string folder, string vcek)
    {
        var forge = new SnpForge(line);
        _kds.Serve(folder, vcek, WithList(forge));

        Verdict verdict = await JudgeAsync(forge);

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal(["report.structure", "collateral.available"], verdict.Checks.Take(2).Select(c => c.Code));
        Assert.Contains(verdict.Checks, c => c.Code == "crl.ark");
        Assert.Equal(folder + vcek, _kds.Server.Requests.First());
        Assert.Equal([folder + "cert_chain", folder + "crl"], _kds.Server.Requests.Skip(1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Verify_GivenVlek_FetchesItsIssuerAndListAlone()
    {
        var forge = new SnpForge(kind: SnpSigningKey.Vlek);
        _kds.Serve("/vlek/v1/Genoa/", vek: null, WithList(forge));
        var other = new SnpTestPki(SnpProductLine.Genoa, SnpSigningKey.Vlek);
        other.SetNumber(".3.8", 83);

        Verdict verdict = await JudgeAsync(
            forge, new KdsOptions { Vleks = [other.VekDer(), new SnpForge().Pki.VekDer(), forge.Pki.VekDer()] });

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal(["/vlek/v1/Genoa/cert_chain", "/vlek/v1/Genoa/crl"], _kds.Server.Requests.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Verify_VlekThatIsNotGiven_IsRefusedAndSaysWhereItComesFrom()
    {
        var forge = new SnpForge(kind: SnpSigningKey.Vlek);
        _kds.Serve("/vlek/v1/Genoa/", vek: null, WithList(forge));

        Verdict verdict = await JudgeAsync(forge);

        AssertMissing(verdict, "Take it from the host, in the certificate table of the extended report.");
        Assert.Empty(_kds.Server.Requests);
    }

    [Fact]
    public async Task Verify_ReportThatDoesNotTellItsLine_IsAskedForInEachLineThatItCanBeOf()
    {
        SnpForge forge = OldReport(chip: 0xab);
        string vcek = string.Concat(Enumerable.Repeat("ab", 64)) + "?blSPL=10&teeSPL=02&snpSPL=23&ucodeSPL=84";
        _kds.Serve("/vcek/v1/Genoa/", vcek, WithList(forge));

        Verdict ofOneLine = await JudgeAsync(forge);
        Verdict ofAny = await JudgeAsync(forge, anchor: SnpTrustAnchor.Amd);

        Assert.True(ofOneLine.IsAccepted, ofOneLine.ToString());
        Assert.Equal(("chain.root", VerdictReason.ChainUntrusted), SnpForge.Failure(ofAny));
        Assert.Equal(["/vcek/v1/Milan/" + vcek, "/vcek/v1/Genoa/" + vcek], _kds.Server.Requests.Skip(3).Take(2));
        Assert.Equal(7, _kds.Server.Requests.Count);
    }

    [Fact]
    public async Task Verify_ShortChipIdWithoutLine_IsAskedForAsTurin()
    {
        SnpForge forge = OldReport(chip: 0);
        forge.Report[0x1a0] = 1;

        AssertMissing(await JudgeAsync(forge, anchor: SnpTrustAnchor.Amd), "answered 404 instead of 200");

        Assert.StartsWith("/vcek/v1/Turin/0100000000000000?fmcSPL=", Assert.Single(_kds.Server.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x1a0, 64, 0, "MASK_CHIP_ID")]
    [InlineData(0x48, 1, 7 << 2, "MASK_CHIP_KEY")]
    public async Task Verify_MaskedReport_IsRefusedBeforeAnythingIsFetched(int offset, int length, byte value, string remedy)
    {
        var forge = new SnpForge();
        forge.Fill(offset, length, value);

        Verdict verdict = await JudgeAsync(forge);

        Assert.Equal(("collateral.available", VerdictReason.CollateralMissing), SnpForge.Failure(verdict));
        Assert.Contains(remedy, verdict.Checks.Single(c => c.Outcome == VerdictCheckOutcome.Failed).Remedy, StringComparison.Ordinal);
        Assert.Empty(_kds.Server.Requests);
    }

    [Fact]
    public async Task Verify_LineWithoutTrustedRoot_IsRefusedBeforeAnythingIsFetched()
    {
        Verdict verdict = await JudgeAsync(new SnpForge(SnpProductLine.Turin), anchor: SnpTrustAnchor.Genoa);

        Assert.Equal(("collateral.available", VerdictReason.ChainUntrusted), SnpForge.Failure(verdict));
        Assert.Empty(_kds.Server.Requests);
    }

    [Fact]
    public async Task Verify_NoReport_IsRefusedBeforeAnythingIsFetched()
    {
        using var client = new KdsClient(_kds.Address);
        var verifier = new SnpReportVerifier(SnpTrustAnchor.Amd, client, TimeProvider.System);

        Verdict verdict = await verifier.VerifyAsync(Quote.FromRaw(new byte[100]), Expectation, Cancellation);

        Assert.Equal(("report.structure", VerdictReason.Malformed), SnpForge.Failure(verdict));
        Assert.Empty(_kds.Server.Requests);
    }

    [Fact]
    [Trait("Security", "B3")]
    public async Task Verify_RevokedAsk_IsRefused()
    {
        var forge = new SnpForge();
        _kds.Serve(
            "/vcek/v1/Genoa/",
            GenoaVcek,
            forge.Pki.Collateral() with { RevocationList = forge.Pki.RevocationList(forge.Pki.Ask.SerialNumber) });

        Assert.Equal(("crl.ark", VerdictReason.Revoked), SnpForge.Failure(await JudgeAsync(forge)));
    }

    [Fact]
    [Trait("Security", "B3")]
    public async Task Verify_NoList_IsRefused()
    {
        var forge = new SnpForge();
        _kds.Serve("/vcek/v1/Genoa/", GenoaVcek, forge.Pki.Collateral());

        AssertMissing(await JudgeAsync(forge), "/vcek/v1/Genoa/crl answered 404 instead of 200");
    }

    [Fact]
    [Trait("Security", "B1")]
    public async Task Verify_VcekOfAnotherChip_IsRefused()
    {
        var forge = new SnpForge();
        var other = new SnpForge();
        other.Pki.Set(".4", "other   "u8.ToArray());
        forge.Pki.VekKey = other.Pki.VekKey;
        _kds.Serve("/vcek/v1/Genoa/", GenoaVcek, WithList(other));

        Assert.Equal(("chain.chip_id", VerdictReason.Mismatch), SnpForge.Failure(await JudgeAsync(forge)));
    }

    [Theory]
    [InlineData("vcek")]
    [InlineData("cert_chain")]
    [InlineData("crl")]
    [Trait("Security", "A20")]
    public async Task Verify_OtherContent_IsRefused(string part)
    {
        var forge = new SnpForge();
        _kds.Serve("/vcek/v1/Genoa/", GenoaVcek, WithList(forge));
        _kds.Answers["/vcek/v1/Genoa/" + (part == "vcek" ? GenoaVcek : part)] = "{\"error\":\"try again\"}"u8.ToArray();

        AssertMissing(await JudgeAsync(forge), "answered something else than");
    }

    [Fact]
    public async Task Verify_Cancelled_ThrowsAndGivesNoVerdict()
    {
        using var cancellation = new CancellationTokenSource();
        _kds.Server.Override = async context =>
        {
            await cancellation.CancelAsync();
            var aborted = new TaskCompletionSource();
            context.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
            return true;
        };
        using var client = new KdsClient(_kds.Address);
        var verifier = new SnpReportVerifier(SnpTrustAnchor.Amd, client, TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => verifier.VerifyAsync(Quote.FromRaw(new SnpForge().Build()), Expectation, cancellation.Token).AsTask());
    }

    [Theory]
    [InlineData("ftp://kds.example")]
    [InlineData("https://user:hunter2@kds.example")]
    [InlineData("https://kds.example/?key=hunter2")]
    [Trait("Security", "G5")]
    public void Create_AddressThatIsMoreThanHostPortAndPath_IsRefusedWithoutRepeatingIt(string address)
    {
        foreach (Func<object> create in (Func<object>[])[() => new KdsClient(new Uri(address)), () => new PccsClient(new Uri(address))])
        {
            Assert.DoesNotContain("hunter2", Assert.Throws<ArgumentException>(create).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("../../../../etc/passwd")]
    [InlineData("")]
    [InlineData("zz")]
    [Trait("Security", "G5")]
    public async Task Get_ChipIdThatIsInvalid_IsRefused(string chip)
    {
        using var client = new KdsClient(_kds.Address);
        var request = new SnpCollateralRequest(SnpSigningKey.Vcek, SnpProductLine.Genoa, chip, 0);

        await Assert.ThrowsAsync<ArgumentException>(() => client.GetSnpAsync(request, Cancellation).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => CollateralBundle.Open("bundle").GetSnpAsync(request, Cancellation).AsTask());
        Assert.Empty(_kds.Server.Requests);
    }

    private static QuoteExpectation Expectation => new() { ReportData = ReportData.FromBytes(new byte[64]), Package = SnpForge.Package() };

    /// <summary>A report of version 2, which has no CPUID fields, of a chip of 64 such bytes.</summary>
    private static SnpForge OldReport(byte chip)
    {
        var forge = new SnpForge();
        forge.WriteUInt32(0, 2);
        forge.Fill(0x188, 3, 0);
        forge.Fill(0x1f8, 16, 0);
        forge.Fill(0x1a0, 64, chip);
        forge.Pki.Set(".4", [.. Enumerable.Repeat(chip, 64)]);
        return forge;
    }

    private static SnpCollateral WithList(SnpForge forge) => forge.Pki.Collateral() with { RevocationList = forge.Pki.RevocationList() };

    private static void AssertMissing(Verdict verdict, string words)
    {
        Assert.Equal(("collateral.available", VerdictReason.CollateralMissing), SnpForge.Failure(verdict));
        Assert.Contains(words, verdict.Summary, StringComparison.Ordinal);
    }

    private async Task<Verdict> JudgeAsync(SnpForge forge, KdsOptions? options = null, SnpTrustAnchor? anchor = null)
    {
        using var client = new KdsClient(_kds.Address, options);
        var verifier = new SnpReportVerifier(anchor ?? forge.Pki.Anchor(), client, new FakeTimeProvider(SnpTestPki.Now));
        return await verifier.VerifyAsync(Quote.FromRaw(forge.Build()), Expectation, Cancellation);
    }
}
