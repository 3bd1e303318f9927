using MarbleRun.Coordinator.Renewal;

namespace MarbleRun.Coordinator.Tests.Renewal;

public sealed class RenewalQueueTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private static readonly int[] s_hours = [5, 2, 9, 1];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_ManyWait_AreServedInTheOrderInWhichTheirCertificatesEnd()
    {
        var queue = new RenewalQueue(atOnce: 1, places: 10);
        Assert.Null(await queue.EnterAsync(s_now.AddHours(1), s_now, Cancellation));
        var order = new List<int>();
        Task[] waiting =
        [
            .. s_hours.Select(async hours =>
            {
                Assert.Null(await queue.EnterAsync(s_now.AddHours(hours), s_now, Cancellation));
                order.Add(hours);
                queue.Leave();
            }),
        ];

        queue.Leave();
        await Task.WhenAll(waiting);

        Assert.Equal([1, 2, 5, 9], order);
        Assert.Equal(0, queue.Waiting);
    }

    [Fact]
    public async Task Enter_FullAndTheNewcomerEndsEarlier_TheLatestMakesRoom()
    {
        var queue = new RenewalQueue(atOnce: 1, places: 2);
        await queue.EnterAsync(s_now, s_now, Cancellation);
        Task<TimeSpan?> late = queue.EnterAsync(s_now.AddMinutes(30), s_now, Cancellation);
        Task<TimeSpan?> early = queue.EnterAsync(s_now.AddMinutes(10), s_now, Cancellation);

        Task<TimeSpan?> first = queue.EnterAsync(s_now.AddMinutes(1), s_now, Cancellation);

        Assert.Equal(TimeSpan.FromMinutes(1), await late);
        Assert.False(early.IsCompleted);
        queue.Leave();
        Assert.Null(await first);
    }

    [Theory]
    [InlineData(20, 60)]
    [InlineData(5, 30)]
    [InlineData(0.1, 1)]
    public async Task Enter_FullAndOthersEndEarlier_SaysWhenToComeAgainBeforeTheCertificateEnds(double minutes, int seconds)
    {
        var queue = new RenewalQueue(atOnce: 1, places: 1);
        await queue.EnterAsync(s_now, s_now, Cancellation);
        _ = queue.EnterAsync(s_now, s_now, Cancellation);

        TimeSpan? later = await queue.EnterAsync(s_now.AddMinutes(minutes), s_now, Cancellation);

        Assert.Equal(TimeSpan.FromSeconds(seconds), later);
    }

    [Fact]
    public async Task Enter_CallerThatLeaves_GivesUpItsPlace()
    {
        var queue = new RenewalQueue(atOnce: 1, places: 1);
        await queue.EnterAsync(s_now, s_now, Cancellation);
        using var leaving = new CancellationTokenSource();
        Task<TimeSpan?> waiting = queue.EnterAsync(s_now, s_now, leaving.Token);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, queue.Waiting);
        queue.Leave();
        Assert.Null(await queue.EnterAsync(s_now, s_now, Cancellation));
    }
}
