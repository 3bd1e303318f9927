using System.Net;
using MarbleRun.AspNetCore.Limits;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.AspNetCore.Limits;

/// <summary>Who may be worked on next.</summary>
[Trait("Security", "G2")]
public sealed class HandshakeGateTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly CallerBook _book;
    private readonly HandshakeGate _gate;

    public HandshakeGateTests()
    {
        _book = new CallerBook(new ConnectionLimits(), _clock);
        _gate = new HandshakeGate(places: 1, _clock);
    }

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task Enter_PlaceIsTaken_WaitsUntilItIsLeft()
    {
        HandshakeTurn first = await EnterAsync(Caller(1));
        Task<HandshakeTurn> second = EnterAsync(Caller(2));

        Assert.False(second.IsCompleted);
        Assert.Equal((1, 1), (_gate.Working, _gate.Waiting));
        _gate.Leave(first);
        await second;
        Assert.Equal((1, 0), (_gate.Working, _gate.Waiting));
    }

    [Fact]
    public async Task Enter_ManyOfOneAddress_LetOthersInBetween()
    {
        HandshakeTurn first = await EnterAsync(Caller(1));
        Task<HandshakeTurn>[] flood = [.. Enumerable.Range(0, 100).Select(_ => EnterAsync(Caller(1)))];
        Task<HandshakeTurn> other = EnterAsync(Caller(2));

        _gate.Leave(first);
        _gate.Leave(await flood[0]);

        await other;
        Assert.False(flood[1].IsCompleted);
    }

    [Fact]
    public async Task Enter_SmallAndLarge_SmallComesFirst()
    {
        HandshakeTurn first = await EnterAsync(Caller(1));
        Task<HandshakeTurn> large = EnterAsync(Caller(2), isLarge: true);
        Task<HandshakeTurn> small = EnterAsync(Caller(2));

        _gate.Leave(first);

        HandshakeTurn second = await small;
        Assert.False(large.IsCompleted);
        _gate.Leave(second);
        await large;
    }

    [Fact]
    public async Task Enter_LargeOnes_LeaveHalfOfThePlaces()
    {
        using var gate = new HandshakeGate(places: 4, _clock);
        await gate.EnterAsync(Caller(1), isLarge: true, CancellationToken.None);
        await gate.EnterAsync(Caller(2), isLarge: true, CancellationToken.None);

        ValueTask<HandshakeTurn> third = gate.EnterAsync(Caller(3), isLarge: true, CancellationToken.None);
        await gate.EnterAsync(Caller(4), isLarge: false, CancellationToken.None);

        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task Enter_AddressThatSpentItsTime_ComesAfterOthers()
    {
        // A second of work: all that was saved up.
        HandshakeTurn dear = await EnterAsync(Caller(1));
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        _gate.Leave(dear);
        HandshakeTurn now = await EnterAsync(Caller(3));
        Task<HandshakeTurn> spent = EnterAsync(Caller(1));
        Task<HandshakeTurn> other = EnterAsync(Caller(2));

        _gate.Leave(now);

        HandshakeTurn second = await other;
        Assert.False(spent.IsCompleted);
        _gate.Leave(second);
        await spent;
    }

    [Fact]
    public async Task Enter_AddressThatSpentItsTime_IsServedWhereNoOtherWaits()
    {
        HandshakeTurn dear = await EnterAsync(Caller(1));
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        _gate.Leave(dear);

        Assert.True(EnterAsync(Caller(1)).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Time_ThatWasSpent_ComesBack()
    {
        AddressAccount caller = Caller(1);
        HandshakeTurn dear = await EnterAsync(caller);
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        _gate.Leave(dear);

        Assert.False(caller.HasTime);
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.True(caller.HasTime);
    }

    [Fact]
    public async Task Enter_WorkThatNeverSaysItEnded_LosesItsPlace()
    {
        HandshakeTurn stuck = await EnterAsync(Caller(1));
        Task<HandshakeTurn> next = EnterAsync(Caller(2));

        _clock.Advance(HandshakeGate.LongestTurn);

        await next;
        _gate.Leave(stuck);
        Assert.Equal(1, _gate.Working);
    }

    [Fact]
    public async Task Enter_NoCallerWaitsAnyMore_IsTakenOut()
    {
        HandshakeTurn first = await EnterAsync(Caller(1));
        using var gone = new CancellationTokenSource();
        Task<HandshakeTurn> waiting = _gate.EnterAsync(Caller(2), isLarge: false, gone.Token).AsTask();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, _gate.Waiting);
        _gate.Leave(first);
        Assert.Equal(0, _gate.Working);
    }

    [Fact]
    public void Addresses_OfOneNetworkOfIPv6_AreOne()
    {
        var book = new CallerBook(new ConnectionLimits { MaxConnectionsPerAddress = 2 }, _clock);
        IPAddress? Counted(string text) => ConnectionLimits.CountedAddress(IPAddress.Parse(text));

        AddressAccount first = book.Enter(Counted("2001:db8:1:2::1"))!;
        Assert.Same(first, book.Enter(Counted("2001:db8:1:2:ffff::9")));
        Assert.Null(book.Enter(Counted("2001:db8:1:2::2")));
        Assert.NotNull(book.Enter(Counted("2001:db8:1:3::1")));
        Assert.Equal(IPAddress.Parse("192.0.2.7"), Counted("::ffff:192.0.2.7"));
        book.Leave(first);
        Assert.NotNull(book.Enter(Counted("2001:db8:1:2::2")));
    }

    private AddressAccount Caller(byte last)
    {
        var address = new IPAddress([192, 0, 2, last]);
        return _book.Enter(address)!;
    }

    private Task<HandshakeTurn> EnterAsync(AddressAccount caller, bool isLarge = false) =>
        _gate.EnterAsync(caller, isLarge, TestContext.Current.CancellationToken).AsTask();
}
