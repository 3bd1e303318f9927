using MarbleRun.Activation.Renewal;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Activation.Renewal;

public sealed class RenewalScheduleTests : IDisposable
{
    private readonly SettableClock _clock = new();
    private readonly TestAuthority _authority;

    public RenewalScheduleTests()
    {
        _authority = new TestAuthority(_clock);
    }

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(0, 0.45)]
    [InlineData(0.5, 0.5)]
    [InlineData(1, 0.55)]
    public void Begin_WithJitter_IsDueAtHalfOfTheLifetime(double random, double part)
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromHours(24), random);

        _clock.Advance(TimeSpan.FromHours(24 * part) - TimeSpan.FromSeconds(1));
        Assert.False(schedule.IsDue);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(schedule.IsDue);
    }

    [Fact]
    public void Begin_CertificateThatBeganBeforeItWasIssued_CountsFromItsReceipt()
    {
        // Five minutes in the past, for peers whose clock is slow: a certificate of three seconds would be late at once.
        RenewalSchedule schedule = Begin(TimeSpan.FromSeconds(3));

        Assert.False(schedule.IsDue);
        _clock.Advance(TimeSpan.FromSeconds(1.6));
        Assert.True(schedule.IsDue);
    }

    [Fact]
    [Trait("Security", "D13")]
    public void IsDue_MachineWasSuspended_FollowsTheClockThoughNoTimePassed()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromHours(24));

        _clock.Offset = TimeSpan.FromHours(13);

        Assert.True(schedule.IsDue);
    }

    [Fact]
    [Trait("Security", "D13")]
    public void IsDue_ClockWasSetBack_FollowsTheTimeThatPassed()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromHours(24));

        _clock.Offset = TimeSpan.FromDays(-3);
        _clock.Advance(TimeSpan.FromHours(12.1));

        Assert.True(schedule.IsDue);
    }

    [Fact]
    public void Slice_WhateverIsPlanned_IsHalfAMinuteAtMost()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromDays(365));

        Assert.Equal(TimeSpan.FromSeconds(30), schedule.Slice);
        _clock.Advance(TimeSpan.FromDays(300));
        Assert.Equal(TimeSpan.Zero, schedule.Slice);
    }

    [Fact]
    public void Retry_AgainAndAgain_WaitsLongerUpToTenMinutes()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromDays(30));

        double[] seconds = [.. Enumerable.Range(0, 9).Select(_ => RetryAfter(schedule, RenewalFailure.Unavailable).TotalSeconds)];

        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 600, 600], seconds);
    }

    [Fact]
    public void Retry_CertificateOfSeconds_IsTriedOftenBeforeItsEnd()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromSeconds(3));
        _clock.Advance(TimeSpan.FromSeconds(1.5));

        int attempts = 0;
        while (_clock.GetUtcNow() < schedule.Identity!.NotAfter)
        {
            _clock.Advance(RetryAfter(schedule, RenewalFailure.Unavailable));
            attempts++;
        }

        Assert.InRange(attempts, 10, 20);
    }

    [Fact]
    public void Retry_AfterSuccess_BeginsWithTheShortDelay()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromDays(30));
        RetryAfter(schedule, RenewalFailure.Failed);
        RetryAfter(schedule, RenewalFailure.Failed);

        schedule.Begin(CreateIdentity(TimeSpan.FromDays(30)));

        Assert.Equal(5, RetryAfter(schedule, RenewalFailure.Failed).TotalSeconds);
    }

    [Theory]
    [InlineData(0, 2.5)]
    [InlineData(1, 7.5)]
    public void Retry_WithJitter_DiffersByHalf(double random, double seconds)
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromDays(30), random);

        Assert.Equal(seconds, RetryAfter(schedule, RenewalFailure.Failed).TotalSeconds);
    }

    [Theory]
    [InlineData(0, 9)]
    [InlineData(0.5, 10)]
    [InlineData(1, 11)]
    public void Retry_Denied_WaitsTenMinutes(double random, double minutes)
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromDays(30), random);

        Assert.Equal(minutes, RetryAfter(schedule, RenewalFailure.Denied).TotalMinutes);
    }

    /// <summary>The Coordinator's word counts, but not so far that the certificate would end.</summary>
    [Theory]
    [InlineData(17, 24, 17)]
    [InlineData(0, 24, 1)]
    [InlineData(7200, 24, 3600)]
    [InlineData(4294967295, 24, 3600)]
    [InlineData(3600, 1, 1800)]
    public void Retry_CoordinatorSaysWhen_IsThenWithinBounds(long after, double hoursLeft, double seconds)
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromHours(hoursLeft), random: 0);

        schedule.Retry(new RenewalException(RenewalFailure.Unavailable, "later") { RetryAfter = TimeSpan.FromSeconds(after) });

        Assert.Equal(seconds, (schedule.Next - _clock.GetUtcNow()).TotalSeconds);
    }

    [Fact]
    public void Retry_EndIsNear_IsDueAtTheEnd()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromDays(30));
        MarbleIdentity identity = schedule.Identity!;
        _clock.SetUtcNow(identity.NotAfter - TimeSpan.FromSeconds(2));

        schedule.Retry(new RenewalException(RenewalFailure.Unavailable, "away"));

        Assert.Equal(identity.NotAfter, schedule.Next);
    }

    [Fact]
    public void Retry_Unsupported_IsDueAtTheEnd()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromDays(30));

        schedule.Retry(new RenewalException(RenewalFailure.Unsupported, "MarbleRun 1.9"));

        Assert.Equal(schedule.Identity!.NotAfter, schedule.Next);
    }

    [Fact]
    public void Retry_AfterTheEnd_WaitsAsLongAsForOthersBecauseEachIsAnActivation()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromSeconds(3));
        _clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(5, RetryAfter(schedule, RenewalFailure.Unavailable).TotalSeconds);
        Assert.Equal(10, RetryAfter(schedule, RenewalFailure.Unavailable).TotalSeconds);
    }

    [Theory]
    [InlineData(24 * 3600, 5)]
    [InlineData(10, 1)]
    public void Hasten_LongBeforeTheRenewal_IsDueWithinSeconds(double lifetime, double seconds)
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromSeconds(lifetime), random: 1);

        schedule.Hasten();

        Assert.Equal(seconds, (schedule.Next - _clock.GetUtcNow()).TotalSeconds, precision: 3);
    }

    [Fact]
    public void Hasten_RenewalIsDueEarlier_ChangesNothing()
    {
        RenewalSchedule schedule = Begin(TimeSpan.FromHours(24), random: 1);
        _clock.Advance(TimeSpan.FromHours(13.2) - TimeSpan.FromSeconds(1));
        DateTimeOffset next = schedule.Next;

        schedule.Hasten();

        Assert.Equal(next, schedule.Next);
    }

    private RenewalSchedule Begin(TimeSpan lifetime, double random = 0.5)
    {
        var schedule = new RenewalSchedule(_clock, () => random);
        schedule.Begin(CreateIdentity(lifetime));
        return schedule;
    }

    private MarbleIdentity CreateIdentity(TimeSpan lifetime)
    {
        var peer = new MarblePeer("frontend", Guid.NewGuid());
        return new MarbleIdentity(
            peer,
            _authority.IssueMarble(peer.MarbleType, peer.Id, template => template.NotAfter = lifetime),
            [_authority.Intermediate],
            _authority.MarbleRoot,
            _authority.Root)
        {
            Since = _clock.GetUtcNow(),
        };
    }

    private TimeSpan RetryAfter(RenewalSchedule schedule, RenewalFailure failure)
    {
        schedule.Retry(new RenewalException(failure, "no"));
        return schedule.Next - _clock.GetUtcNow();
    }

    /// <summary>A clock that can be set without any time passing.</summary>
    private sealed class SettableClock() : FakeTimeProvider(new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero))
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }
}
