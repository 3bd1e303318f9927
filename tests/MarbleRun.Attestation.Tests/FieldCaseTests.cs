using System.Globalization;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation;

/// <summary>Evidence that was judged wrongly once, in the folder <c>Field</c>: verdict, the part that is named, and advice.</summary>
public sealed class FieldCaseTests
{
    private const string Tdx15Time = "2025-06-24T12:41:58Z";
    private const string Tdx4Time = "2026-04-13T10:24:50Z";
    private const string SgxTime = "2023-02-02T22:01:09Z";
    private const string SnpTime = "2026-08-16T01:05:04Z";

    [Theory]
    [InlineData("svn2-module-without-identity", Tdx15Time, TcbStatus.NotSupported, "TDX module now has no level (TDX_05)")]
    [InlineData("svn2-below-all-levels", Tdx15Time, TcbStatus.NotSupported, "platform now has no level")]
    [InlineData("relaunch-component2-only", Tdx15Time, TcbStatus.TDRelaunchAdvised, "platform at the TD's launch OutOfDate")]
    [InlineData(
        "relaunch-tdx-component2",
        Tdx15Time,
        TcbStatus.TDRelaunchAdvised,
        "platform at the TD's launch OutOfDate, TDX module at the TD's launch OutOfDate")]
    [InlineData("relaunch-plain", Tdx15Time, TcbStatus.TDRelaunchAdvised, "TDX module at the TD's launch OutOfDate")]
    [InlineData("relaunch-current-module-0", Tdx15Time, TcbStatus.TDRelaunchAdvised, "TDX module at the TD's launch OutOfDate")]
    [InlineData(
        "relaunch-platform-outofdate",
        Tdx15Time,
        TcbStatus.OutOfDate,
        "platform at the TD's launch OutOfDate, TDX module at the TD's launch OutOfDate, platform now OutOfDate")]
    [InlineData("revoked-tdx4", Tdx4Time, TcbStatus.Revoked, "platform Revoked")]
    [Trait("Security", "A11")]
    [Trait("Security", "A12")]
    public async Task Verify_TcbOfTd_IsJudgedAtLaunchAndNowAndNamesThePart(string name, string time, TcbStatus status, string parts)
    {
        Verdict verdict = await JudgeQuoteAsync(name, time, new PackageProperties { AcceptedTcbStatuses = ["UpToDate"] });

        VerdictCheck failed = Failed(verdict);
        Assert.Equal((VerdictReason.TcbStatus, "tcb.status"), (verdict.Reason, failed.Code));
        Assert.Equal(status, verdict.Claims?.TcbStatus);
        Assert.Equal($"{status}", failed.Found);
        Assert.StartsWith($"Not up to date: {parts}. ", failed.Remedy, StringComparison.Ordinal);
        Assert.Equal(status == TcbStatus.OutOfDate, failed.Remedy?.Contains("AcceptedTCBStatuses", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("svn2-module-without-identity", Tdx15Time, "NotSupported", false)]
    [InlineData("svn2-below-all-levels", Tdx15Time, "NotSupported", false)]
    [InlineData("revoked-tdx4", Tdx4Time, "Revoked", false)]
    [InlineData("relaunch-plain", Tdx15Time, "TDRelaunchAdvised", true)]
    [InlineData("relaunch-component2-only", Tdx15Time, "TDRelaunchAdvised", true)]
    [InlineData("relaunch-platform-outofdate", Tdx15Time, "OutOfDate", true)]
    [Trait("Security", "A11")]
    public async Task Verify_StatusInThePackagesList_PassesUnlessItIsHopeless(string name, string time, string listed, bool accepted)
    {
        Verdict verdict = await JudgeQuoteAsync(name, time, new PackageProperties { AcceptedTcbStatuses = [listed] });

        Assert.True(accepted == verdict.IsAccepted, verdict.ToString());
    }

    [Fact]
    public async Task Verify_RelaunchAdvised_SaysToStartTheTdAgain()
    {
        VerdictCheck failed = Failed(await JudgeQuoteAsync("relaunch-plain", Tdx15Time, new PackageProperties()));

        Assert.Contains(" Stop the TD and start it again", failed.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-tcb-chain-sgx", "tcbinfo.chain")]
    [InlineData("no-tcb-sig-sgx", "tcbinfo.signature")]
    [Trait("Security", "A7")]
    public async Task Verify_PartOfCollateralIsAbsent_IsMissing(string name, string code)
    {
        Verdict verdict = await JudgeQuoteAsync(name, SgxTime, new PackageProperties { AcceptedTcbStatuses = ["UpToDate"] });

        Assert.Equal((VerdictReason.CollateralMissing, code), (verdict.Reason, Failed(verdict).Code));
    }

    [Theory]
    [InlineData("snp-policy-bit17-zero", "0x10000")]
    [InlineData("snp-policy-mbz", "0x8000000000030000")]
    [Trait("Security", "B4")]
    [Trait("Security", "B5")]
    public async Task Verify_ReservedBitsOfGuestPolicy_AreRefused(string name, string policy)
    {
        byte[] report = Read(name, "report.bin");
        var verifier = new SnpReportVerifier(
            SnpTrustAnchor.FromCertificate(Read(name, "ark.der")),
            new SnpCollateral { Vek = Read(name, "vek.der"), Ask = Read(name, "ask.der"), Ark = Read(name, "ark.der") },
            Clock(SnpTime))
        {
            RequireRevocationList = false,
        };
        var expectation = new QuoteExpectation
        {
            ReportData = ReportData.FromBytes(report.AsSpan(0x50, ReportData.Size)),
            Package = new PackageProperties { Snp = new SnpProperties { Measurement = Convert.ToHexStringLower(report[0x90..0xc0]) } },
        };

        Verdict verdict = await verifier.VerifyAsync(Quote.FromRaw(report), expectation, TestContext.Current.CancellationToken);

        Assert.Equal((VerdictReason.Malformed, "report.structure"), (verdict.Reason, Failed(verdict).Code));
        Assert.Equal($"policy {policy}", Failed(verdict).Found);
    }

    [Theory]
    [InlineData("relaunch-plain", "2019-01-01T00:00:00Z", "chain.validity")]
    [InlineData("relaunch-plain", "2099-01-01T00:00:00Z", "chain.validity")]
    [InlineData("relaunch-plain", "2025-01-01T00:00:00Z", "crl.root")]
    [InlineData("revoked-tdx4", "2026-08-13T10:24:50Z", "crl.root")]
    [Trait("Security", "A15")]
    public async Task Verify_PartIsNotValidAtTheTime_NamesBothTimesAndTheClock(string name, string time, string code)
    {
        VerdictCheck failed = Failed(await JudgeQuoteAsync(name, time, new PackageProperties()));

        Assert.Equal(code, failed.Code);
        Assert.EndsWith($" valid at {time.Replace('T', ' ')}, the time of the local clock", failed.Expected, StringComparison.Ordinal);
        Assert.Matches("valid from [0-9-]{10} [0-9:]{8}Z to [0-9-]{10} [0-9:]{8}Z$", failed.Found);
        Assert.Contains("clock", failed.Remedy, StringComparison.Ordinal);
    }

    private static async Task<Verdict> JudgeQuoteAsync(string name, string time, PackageProperties package)
    {
        var quote = Quote.FromRaw(Read(name, "quote.bin"));
        Assert.True(DcapQuoteContent.TryRead(quote, out DcapQuoteContent? content, out string? fault), fault);
        var verifier = new DcapQuoteVerifier(
            DcapTrustAnchor.FromCertificate(Read(name, "root.der")), DcapCollateral.FromJson(Read(name, "collateral.json")), Clock(time));
        var expectation = new QuoteExpectation { ReportData = content.Claims.ReportData, Package = package };
        return await verifier.VerifyAsync(quote, expectation, TestContext.Current.CancellationToken);
    }

    private static VerdictCheck Failed(Verdict verdict) => Assert.Single(verdict.Checks, c => c.Outcome == VerdictCheckOutcome.Failed);

    private static FakeTimeProvider Clock(string time) => new(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));

    private static byte[] Read(string name, string file) =>
        File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Attestation.Tests", "Field", name, file));
}
