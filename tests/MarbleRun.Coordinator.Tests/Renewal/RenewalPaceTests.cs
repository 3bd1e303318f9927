using MarbleRun.Coordinator.Renewal;

namespace MarbleRun.Coordinator.Tests.Renewal;

public sealed class RenewalPaceTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid s_uuid = Guid.NewGuid();

    private readonly RenewalPace _pace = new(TimeSpan.FromHours(10));

    [Fact]
    [Trait("Security", "G2")]
    public void TryBegin_WhileTheSameMarbleRenews_IsPostponedAndOthersAreNot()
    {
        Assert.Null(_pace.TryBegin("web", s_uuid, s_now));

        Assert.Equal(TimeSpan.FromSeconds(1), _pace.TryBegin("web", s_uuid, s_now));
        Assert.Null(_pace.TryBegin("other", s_uuid, s_now));
        Assert.Null(_pace.TryBegin("web", Guid.NewGuid(), s_now));

        _pace.End("web", s_uuid, isRenewed: false);
        Assert.Null(_pace.TryBegin("web", s_uuid, s_now));
    }

    [Fact]
    [Trait("Security", "G2")]
    public void TryBegin_MoreThanFiveCertificatesInATenthOfTheLifetime_IsPostponedToItsEnd()
    {
        for (int i = 0; i < RenewalPace.MostInWindow; i++)
        {
            Assert.Null(_pace.TryBegin("web", s_uuid, s_now));
            _pace.End("web", s_uuid, isRenewed: true);
        }

        Assert.Equal(TimeSpan.FromMinutes(40), _pace.TryBegin("web", s_uuid, s_now.AddMinutes(20)));
        Assert.Null(_pace.TryBegin("web", s_uuid, s_now.AddHours(1)));
    }

    [Fact]
    public void TryBegin_AttemptsThatFail_DoNotCount()
    {
        for (int i = 0; i < 20; i++)
        {
            Assert.Null(_pace.TryBegin("web", s_uuid, s_now));
            _pace.End("web", s_uuid, isRenewed: false);
        }
    }
}
