using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Tests.State;

public sealed class CounterSetTests
{
    [Fact]
    public void Raise_SmallerOrEqualValue_IsTheSameSet()
    {
        CounterSet set = CounterSet.Empty.Raise("t:u:n", 5);

        Assert.Same(set, set.Raise("t:u:n", 5));
        Assert.Same(set, set.Raise("t:u:n", 4));
        Assert.Equal(6UL, set.Raise("t:u:n", 6).Values["t:u:n"]);
        Assert.Equal(5UL, set.Values["t:u:n"]);
    }

    [Fact]
    public void UseOf_TypeAndMarble_CountsEachCounterOnce()
    {
        CounterSet set = CounterSet.Empty.Raise("t:u:a", 1).Raise("t:u:b", 1).Raise("t:v:a", 1).Raise("s:u:a", 1).Raise("t:u:a", 2);

        Assert.Equal(new CounterUse(4, 4 * (5 + 24)), set.Use);
        Assert.Equal(new CounterUse(3, 3 * (5 + 24)), set.UseOf("t:"));
        Assert.Equal(new CounterUse(2, 2 * (5 + 24)), set.UseOf("t:u:"));
        Assert.Equal(new CounterUse(1, 5 + 24), set.UseOf("s:u:"));
        Assert.Equal(default, set.UseOf("x:"));
    }

    [Fact]
    public void UseOf_SetThatWasRead_IsThatOfTheSetThatGrew()
    {
        CounterSet grown = CounterSet.Empty.Raise("t:u:a", 1).Raise("t:u:b", 1).Raise("t:v:a:with:colons", 1);

        CounterSet read = CounterSet.Create(grown.Values);

        Assert.Equal(
            (grown.Use, grown.UseOf("t:"), grown.UseOf("t:u:"), grown.UseOf("t:v:")),
            (read.Use, read.UseOf("t:"), read.UseOf("t:u:"), read.UseOf("t:v:")));
        Assert.Equal(1, read.UseOf("t:v:").Count);
    }

    [Fact]
    public void Recent_AfterABase_IsWhatWasRaisedSince()
    {
        CounterSet set = CounterSet.Empty.Raise("t:u:a", 1).Raise("t:u:b", 1).SealedApart(Guid.NewGuid(), 1, null).Based("ab");
        Assert.Equal((0, 0L, "ab"), (set.Recent.Count, set.RecentBytes, set.Base));

        set = set.Raise("t:u:a", 2).Raise("t:u:a", 3).Raise("t:u:c", 1);

        Assert.Equal(["t:u:a=3", "t:u:c=1"], set.Recent.Select(c => $"{c.Key}={c.Value}"));
        Assert.Equal(2 * (5 + 24), set.RecentBytes);
        Assert.Equal(3, set.Values.Count);
    }

    [Fact]
    public void SealedInState_SetWithABase_HoldsAllAgainAndKeepsItsNumber()
    {
        CounterSet set = CounterSet.Empty.Raise("t:u:a", 1).Raise("t:u:b", 1).SealedApart(Guid.NewGuid(), 9, null).Based("ab");

        CounterSet inState = set.SealedInState();

        Assert.Equal((null, 9UL, null), (inState.Series, inState.Generation, inState.Base));
        Assert.Equal((set.Values, set.Use.Bytes), (inState.Recent, inState.RecentBytes));
    }
}
