using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Policy;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>Forms of TCB info that no genuine one has, and what follows from several statuses together.</summary>
public sealed class TcbInfoTests
{
    [Fact]
    public void TryParse_BetterLevelsFirst_IsRead()
    {
        Assert.True(
            TcbInfo.TryParse(Write(CollateralForge.Level(5, 13), CollateralForge.Level(4, 13)), out TcbInfo? info, out string? fault),
            fault);
        Assert.Equal(2, info.Levels.Length);
    }

    [Fact]
    [Trait("Security", "A9")]
    public void TryParse_LevelsOutOfOrder_IsRefused()
    {
        Assert.False(TcbInfo.TryParse(Write(CollateralForge.Level(4, 13), CollateralForge.Level(5, 13)), out _, out string? fault));
        Assert.Contains("out of order", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    [Trait("Security", "A10")]
    public void TryParse_OtherComponentCount_IsRefused(int count)
    {
        Assert.False(TcbInfo.TryParse(Write(CollateralForge.Level(5, 13, count)), out _, out string? fault));
        Assert.Contains("sgxtcbcomponents", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("uptodate")]
    [InlineData("TDRelaunchAdvised")]
    [InlineData("Accepted")]
    [InlineData("1")]
    [Trait("Security", "A11")]
    public void TryParse_StatusThatIntelDoesNotWrite_IsUnrecognized(string status)
    {
        Assert.True(TcbInfo.TryParse(Write(CollateralForge.Level(5, 13, status: status)), out TcbInfo? info, out string? fault), fault);
        Assert.Equal(TcbStatus.Unrecognized, info.Levels[0].Claims.Status);
        Assert.NotNull(
            TcbPolicy.CheckStatus(new PackageProperties { AcceptedTcbStatuses = ["Unrecognized", status] }, TcbStatus.Unrecognized));
    }

    [Theory]
    [InlineData("\"version\":3", "\"version\":4")]
    [InlineData("\"version\":3", "\"version\":3,\"version\":3")]
    [InlineData("\"id\":\"SGX\"", "\"id\":\"QVE\"")]
    [InlineData("\"tcbType\":0", "\"tcbType\":1")]
    [InlineData("00606a000000", "00606a0000")]
    [InlineData(CollateralForge.IssueDate, "2026-13-01T00:00:00Z")]
    [InlineData("\"tcbLevels\":[", "\"tcbLevels\":[],\"other\":[")]
    [Trait("Security", "A7")]
    public void TryParse_OtherForm_IsRefused(string part, string other)
    {
        string json = Encoding.UTF8.GetString(Write(CollateralForge.Level(5, 13)));
        Assert.Contains(part, json, StringComparison.Ordinal);

        Assert.False(
            TcbInfo.TryParse(Encoding.UTF8.GetBytes(json.Replace(part, other, StringComparison.Ordinal)), out _, out string? fault));
        Assert.NotEmpty(fault);
    }

    [Theory]
    [InlineData(TcbStatus.UpToDate, TcbStatus.Revoked, TcbStatus.Revoked)]
    [InlineData(TcbStatus.Revoked, TcbStatus.UpToDate, TcbStatus.Revoked)]
    [InlineData(TcbStatus.SWHardeningNeeded, TcbStatus.OutOfDate, TcbStatus.OutOfDate)]
    [InlineData(TcbStatus.ConfigurationAndSWHardeningNeeded, TcbStatus.OutOfDate, TcbStatus.OutOfDateConfigurationNeeded)]
    [InlineData(TcbStatus.OutOfDateConfigurationNeeded, TcbStatus.OutOfDate, TcbStatus.OutOfDateConfigurationNeeded)]
    [InlineData(TcbStatus.SWHardeningNeeded, TcbStatus.UpToDate, TcbStatus.SWHardeningNeeded)]
    [InlineData(TcbStatus.UpToDate, TcbStatus.NotSupported, TcbStatus.NotSupported)]
    [InlineData(TcbStatus.UpToDate, TcbStatus.ConfigurationNeeded, TcbStatus.Unrecognized)]
    [Trait("Security", "A11")]
    public void Converge_TwoStatuses_GivesTheWorse(TcbStatus platform, TcbStatus part, TcbStatus expected)
    {
        Assert.Equal(expected, TcbEvaluation.Converge(platform, part));
    }

    private static byte[] Write(params string[] levels) => Encoding.UTF8.GetBytes(CollateralForge.WriteTcbInfo(levels));
}
