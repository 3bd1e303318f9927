using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Policy;

namespace MarbleRun.Tests.Attestation;

public sealed class PlatformPolicyTests
{
    private static readonly DcapPlatform s_platform = new()
    {
        Fmspc = "00606A000000",
        PceId = "0000",
        TcbComponents = [.. Enumerable.Repeat((byte)5, 16)],
        PceSvn = 13,
        QeSvn = 8,
        PpidHash = new string('a', 64),
        PlatformInstanceIdHash = new string('b', 64),
        SgxType = 1,
        RootCaHash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("root"u8)),
    };

    [Fact]
    [Trait("Security", "B11")]
    public void Lists_DeniedOrNotAllowed_AreRefused()
    {
        Assert.Null(Check(new PlatformLists()));
        Assert.Null(Check(new PlatformLists { AllowedFmspcs = ["00606a000000"], AllowedPlatforms = [new string('B', 64)] }));
        Assert.NotNull(Check(new PlatformLists { DeniedFmspcs = ["00606a000000"] }));
        Assert.NotNull(Check(new PlatformLists { DeniedPlatforms = [new string('a', 64)] }));
        Assert.NotNull(Check(new PlatformLists { DeniedPlatforms = [new string('b', 64)], AllowedPlatforms = [new string('a', 64)] }));
        Assert.NotNull(Check(new PlatformLists { AllowedFmspcs = ["00906ed50000"] }));
        Assert.NotNull(Check(new PlatformLists { AllowedPlatforms = [new string('c', 64)] }));
    }

    [Fact]
    [Trait("Security", "A8")]
    public void Infrastructures_CpuSvnGreaterInSumButLowerInOne_IsRefused()
    {
        var svn = new byte[16];
        svn[3] = 6;

        Assert.NotNull(Check(new PlatformRequirement { Name = "a", MinimumCpuSvn = svn }));
        svn[3] = 5;
        Assert.Null(Check(new PlatformRequirement { Name = "a", MinimumCpuSvn = svn }));
        Assert.NotNull(Check(new PlatformRequirement { Name = "a", MinimumCpuSvn = svn.AsMemory(0, 15) }));
    }

    [Fact]
    public void Infrastructures_NoneFits_KeepsTheReasonOfEach()
    {
        CheckFailure failure = Assert.IsType<CheckFailure>(Check(
            new PlatformRequirement { Name = "azure", MinimumQeSvn = 9 },
            new PlatformRequirement { Name = "lab", MinimumPceSvn = 14 },
            new PlatformRequirement { Name = "other", RootCa = "other root"u8.ToArray() }));

        Assert.StartsWith(
            "azure: QESVN 8 is below 9; lab: PCESVN 13 is below 14; other: the root ", failure.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Infrastructures_OneFits_IsAccepted()
    {
        Assert.Null(Check(
            new PlatformRequirement { Name = "azure", MinimumQeSvn = 9 },
            new PlatformRequirement { Name = "lab", MinimumQeSvn = 8, MinimumPceSvn = 13, RootCa = "root"u8.ToArray() }));
        Assert.Null(Check(new PlatformRequirement { Name = "lab", RootCa = Convert.FromHexString(s_platform.RootCaHash) }));
    }

    private static CheckFailure? Check(PlatformLists lists) =>
        Check(Expectation() with { Package = new PackageProperties { Platforms = lists } });

    private static CheckFailure? Check(params ImmutableArray<PlatformRequirement> infrastructures) =>
        Check(Expectation() with { Infrastructures = infrastructures });

    private static CheckFailure? Check(QuoteExpectation expectation)
    {
        var claims = new QuoteClaims
        {
            Tee = TeeType.Sgx,
            UniqueId = string.Empty,
            SignerId = string.Empty,
            ProductId = 0,
            SecurityVersion = 0,
            Debug = false,
            ReportData = default,
            Platform = s_platform,
        };
        var context = new CheckContext(expectation, claims);
        return Assert.Single(PlatformPolicy.OfDcap, c => c.Applies(context)).Find(context);
    }

    private static QuoteExpectation Expectation() => new() { ReportData = default, Package = new PackageProperties() };
}
