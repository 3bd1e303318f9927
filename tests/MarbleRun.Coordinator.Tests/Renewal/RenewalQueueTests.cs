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

    /// <summary>
    /// After an outage: 10,000 Marbles want to renew at once, their certificates end within the hour, and the Coordinator renews four in a
    /// second. That is enough for all if those go first whose certificates end first, and not in another order.
    /// </summary>
    [Fact]
    public async Task Enter_TenThousandAtOnceAfterAnOutage_NoCertificateEnds()
    {
        const int Count = 10_000;
        const int EachSecond = 4;
        var queue = new RenewalQueue(atOnce: 32, places: 256);
        var random = new Random(15);
        var order = Comparer<(DateTimeOffset NotAfter, int Number)>.Default;
        var coming = new PriorityQueue<DateTimeOffset, DateTimeOffset>();
        for (int i = 0; i < Count; i++)
        {
            coming.Enqueue(s_now.AddSeconds(60 + (random.NextDouble() * 3540)), s_now);
        }

        var waiting = new SortedDictionary<(DateTimeOffset NotAfter, int Number), Task<TimeSpan?>>(order);
        (int served, int running, int postponed, int number) = (0, 0, 0, 0);
        DateTimeOffset now = s_now;
        for (; served < Count; now += TimeSpan.FromSeconds(1))
        {
            Assert.True(now < s_now.AddHours(1), $"Only {served} were served.");
            while (coming.TryPeek(out DateTimeOffset notAfter, out DateTimeOffset comes) && comes <= now)
            {
                coming.Dequeue();
                Assert.True(now < notAfter, "A certificate ended while its Marble was asked to come later.");
                Task<TimeSpan?> turn = queue.EnterAsync(notAfter, now, Cancellation);
                if (!turn.IsCompleted)
                {
                    waiting.Add((notAfter, number++), turn);
                    if (waiting.Count > 256)
                    {
                        ((DateTimeOffset NotAfter, int) last, Task<TimeSpan?> refused) = waiting.Last();
                        waiting.Remove(last);
                        Postpone(last.NotAfter, await refused);
                    }
                }
                else if (await turn is { } later)
                {
                    Postpone(notAfter, later);
                }
                else
                {
                    running++;
                }
            }

            for (int i = 0; i < EachSecond && running > 0; i++, served++, running--)
            {
                queue.Leave();
                if (waiting.Count > 0)
                {
                    ((DateTimeOffset NotAfter, int) first, Task<TimeSpan?> turn) = waiting.First();
                    waiting.Remove(first);
                    Assert.Null(await turn);
                    Assert.True(now < first.NotAfter, "A certificate ended while its Marble waited.");
                    running++;
                }
            }
        }

        Assert.True(postponed > Count, $"{postponed} were asked to come later.");

        void Postpone(DateTimeOffset notAfter, TimeSpan? later)
        {
            postponed++;
            coming.Enqueue(notAfter, now + Assert.NotNull(later));
        }
    }
}
