using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Policy;

namespace MarbleRun.Tests.Attestation;

public sealed class TcbPolicyTests
{
    [Theory]
    [InlineData(TcbStatus.UpToDate, true)]
    [InlineData(TcbStatus.SWHardeningNeeded, true)]
    [InlineData(TcbStatus.ConfigurationNeeded, false)]
    [InlineData(TcbStatus.ConfigurationAndSWHardeningNeeded, false)]
    [InlineData(TcbStatus.OutOfDate, false)]
    [InlineData(TcbStatus.OutOfDateConfigurationNeeded, false)]
    [InlineData(TcbStatus.TDRelaunchAdvised, false)]
    [InlineData(TcbStatus.Revoked, false)]
    [InlineData(TcbStatus.NotSupported, false)]
    [InlineData(TcbStatus.Unknown, false)]
    public void CheckStatus_NoList_AcceptsUpToDateAndSWHardeningNeeded(TcbStatus status, bool accepted)
    {
        Assert.Equal(accepted, TcbPolicy.CheckStatus(new PackageProperties(), status) is null);
        Assert.Equal(accepted, TcbPolicy.CheckStatus(new PackageProperties { AcceptedTcbStatuses = default }, status) is null);
    }

    [Theory]
    [InlineData(TcbStatus.UpToDate, true)]
    [InlineData(TcbStatus.OutOfDate, true)]
    [InlineData(TcbStatus.SWHardeningNeeded, false)]
    [Trait("Security", "A21")]
    public void CheckStatus_List_ReplacesDefault(TcbStatus status, bool accepted)
    {
        Assert.Equal(accepted, TcbPolicy.CheckStatus(new PackageProperties { AcceptedTcbStatuses = ["OutOfDate"] }, status) is null);
    }

    [Theory]
    [InlineData("outofdate")]
    [InlineData(" OutOfDate")]
    [Trait("Security", "A21")]
    public void CheckStatus_NameSpeltOtherwise_IsNotAccepted(string name)
    {
        Assert.NotNull(TcbPolicy.CheckStatus(new PackageProperties { AcceptedTcbStatuses = [name] }, TcbStatus.OutOfDate));
    }

    [Theory]
    [InlineData(TcbStatus.Revoked)]
    [InlineData(TcbStatus.NotSupported)]
    [InlineData(TcbStatus.Unknown)]
    [Trait("Security", "A11")]
    public void CheckStatus_HopelessStatus_NoListAccepts(TcbStatus status)
    {
        CheckFailure? failure = TcbPolicy.CheckStatus(new PackageProperties { AcceptedTcbStatuses = [status.ToString()] }, status);

        Assert.Equal(VerdictReason.TcbStatus, failure?.Reason);
    }

    [Fact]
    public void CheckStatus_Refused_SaysWhatIsAccepted()
    {
        CheckFailure? failure = TcbPolicy.CheckStatus(new PackageProperties(), TcbStatus.OutOfDate);

        Assert.Equal(("UpToDate or one of [SWHardeningNeeded]", "OutOfDate"), (failure?.Expected, failure?.Found));
    }

    [Theory]
    [InlineData(TcbStatus.SWHardeningNeeded, "INTEL-SA-1", "intel-sa-1", true)]
    [InlineData(TcbStatus.SWHardeningNeeded, "INTEL-SA-1,INTEL-SA-2", "INTEL-SA-1", false)]
    [InlineData(TcbStatus.SWHardeningNeeded, "", "INTEL-SA-1", true)]
    [InlineData(TcbStatus.UpToDate, "INTEL-SA-2", "INTEL-SA-1", true)]
    [InlineData(TcbStatus.ConfigurationAndSWHardeningNeeded, "INTEL-SA-2", "INTEL-SA-1", true)]
    public void CheckAdvisories_OnlyForSWHardeningNeeded_AllMustBeListed(TcbStatus status, string given, string accepted, bool passes)
    {
        ImmutableArray<string> advisories = [.. given.Split(',', StringSplitOptions.RemoveEmptyEntries)];

        Assert.Equal(
            passes, TcbPolicy.CheckAdvisories(new PackageProperties { AcceptedAdvisories = [accepted] }, status, advisories) is null);
    }

    [Fact]
    public void Checks_NoAdvisoryList_DoNotLookAtAdvisories()
    {
        Assert.Equal(["tcb.status"], Asked(new PackageProperties()));
        Assert.Equal(["tcb.status", "tcb.advisories"], Asked(new PackageProperties { AcceptedAdvisories = ["X"] }));

        static IEnumerable<string> Asked(PackageProperties package)
        {
            var context = new CheckContext(new QuoteExpectation { ReportData = default, Package = package }, Claims: null);
            return TcbPolicy.Checks.Where(c => c.Applies(context)).Select(c => c.Rule.Code);
        }
    }
}
