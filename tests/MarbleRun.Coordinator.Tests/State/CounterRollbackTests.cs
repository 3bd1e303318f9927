using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>
/// Counters that are older than what the state, or a generation guard, knows of them, and blobs in a place that is not theirs.
/// </summary>
[Trait("Security", "F3")]
public sealed class CounterRollbackTests
{
    private const string Key = "t:u:n";

    [Fact]
    public async Task Start_CountersGoneAfterTheFirstOne_IsRefusedWithAMessage()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        byte[] counters = files.Counters;
        files.Files.Beside.Clear();

        Assert.Contains("'sealed_counters' is missing", await files.RefusedAsync(), StringComparison.Ordinal);

        files.Counters = counters;
        await files.StartAsync();
        Assert.Equal(1UL, files.State.Counters.Values[Key]);
    }

    [Fact]
    [Case("state-and-sealing", "Counters are as fresh as the sealed state")]
    public async Task Start_CountersOlderThanTheStateKnows_IsRefused()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        byte[] first = files.Counters;
        await files.RaiseAsync(Key, 2);
        byte[] known = files.Counters;
        await files.ChangeAsync();
        await files.RaiseAsync(Key, 3);

        files.Counters = first;
        Assert.Contains(
            "The counters were rolled back: the sealed state knows generation 2", await files.RefusedAsync(), StringComparison.Ordinal);

        // What came after the last commit of the state, only a guard knows.
        files.Counters = known;
        await files.StartAsync();
        Assert.Equal(2UL, files.State.Counters.Values[Key]);
    }

    [Fact]
    public async Task Start_CountersOlderThanTheGuardKnows_IsRefused()
    {
        var guard = new MemoryGuard();
        CountedFiles files = await CountedFiles.CreateAsync(1, guard);
        await files.RaiseAsync(Key, 2);
        byte[] before = files.Counters;
        await files.RaiseAsync(Key, 3);
        byte[] newest = files.Counters;

        files.Counters = before;
        Assert.Contains(
            "The sealed counters were rolled back: the generation guard knows generation 3, but that of generation 2 was found",
            await files.RefusedAsync(),
            StringComparison.Ordinal);

        files.Counters = newest;
        await files.StartAsync();
        Assert.Equal(3UL, files.State.Counters.Values[Key]);
        Assert.Equal((files.State.Generation, files.State.Counters.Generation), (guard.Newest.State.Number, guard.Newest.Counters.Number));
    }

    [Fact]
    public async Task Start_StateOfBeforeItsCountersWereSealedApart_WithAGuard_IsRefused()
    {
        var guard = new MemoryGuard();
        CountedFiles files = await CountedFiles.CreateAsync(guard);
        byte[] before = files.Files.Data;
        await files.RaiseAsync(Key, 1);

        files.Files.Data = before;

        Assert.Contains("The sealed state was rolled back", await files.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_UnansweredCountersOfTheSameNumberPutBackLater_AreRefused()
    {
        var guard = new MemoryGuard();
        CountedFiles files = await CountedFiles.CreateAsync(1, guard);
        byte[] before = files.Counters;

        // Durable, but not answered: the guard did not hear of it.
        guard.Failure = new StateStoreException("no answer");
        Assert.True((await Assert.ThrowsAsync<StateStoreException>(() => files.RaiseAsync("t:u:unanswered", 1))).IsOutcomeUnknown);
        guard.Failure = null;
        byte[] twin = files.Counters;

        files.Counters = before;
        await files.StartAsync();
        await files.RaiseAsync(Key, 2);
        files.Counters = twin;

        Assert.Contains("another one of this number was found", await files.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_UnansweredFirstCountersPutBackLater_AreRefused()
    {
        var guard = new MemoryGuard();
        CountedFiles files = await CountedFiles.CreateAsync(guard);
        byte[] state = files.Files.Data;
        guard.Failure = new StateStoreException("no answer");
        await Assert.ThrowsAsync<StateStoreException>(() => files.RaiseAsync("t:u:unanswered", 1));
        guard.Failure = null;
        byte[] twin = files.Counters;

        files.Files.Data = state;
        files.Files.Beside.Clear();
        await files.StartAsync();
        await files.RaiseAsync(Key, 1);
        files.Counters = twin;

        Assert.Contains("'sealed_counters' does not belong to this state", await files.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WhatACommitThatFailedWrote_PutBackLater_IsRefused()
    {
        var guard = new MemoryGuard();
        CountedFiles files = await CountedFiles.CreateAsync(1, guard);
        files.Files.Failure = new StateStoreException("disk full");
        await Assert.ThrowsAsync<StateStoreException>(() => files.RaiseAsync("t:u:unanswered", 1));
        files.Files.Failure = null;
        byte[] failed = files.Files.Failed;
        await files.RaiseAsync(Key, 2);
        byte[] answered = files.Counters;

        files.Counters = failed;
        Assert.Contains("another one of this number was found", await files.RefusedAsync(), StringComparison.Ordinal);

        files.Counters = answered;
        await files.StartAsync();
        Assert.Equal(2UL, files.State.Counters.Values[Key]);
    }

    [Fact]
    public async Task Start_WhatManyCommitsThatFailedWroteBeforeARestart_PutBackLater_IsRefused()
    {
        var guard = new MemoryGuard();
        CountedFiles files = await CountedFiles.CreateAsync(1, guard);
        await files.RaiseManyAsync("a");
        var failed = new List<byte[]>();
        files.Files.Failure = new StateStoreException("disk full");
        for (int i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<StateStoreException>(() => files.RaiseAsync("t:u:unanswered", 1));
            failed.Add(files.Files.Failed);
            await Assert.ThrowsAsync<StateStoreException>(() => files.RaiseManyAsync("b"));
            failed.Add(files.Files.Failed);
        }

        files.Files.Failure = null;
        await files.StartAsync();
        await files.RaiseAsync(Key, 2);
        byte[] answered = files.Counters;
        foreach (byte[] blob in failed)
        {
            files.Counters = blob;
            Assert.NotEmpty(await files.RefusedAsync());
        }

        files.Counters = answered;
        await files.StartAsync();
        Assert.Equal(2UL, files.State.Counters.Values[Key]);
    }

    [Fact]
    public async Task Start_CountersOfAGroupWhoseStateFailed_PutBackLater_AreRefused()
    {
        var guard = new MemoryGuard();
        CountedFiles files = await CountedFiles.CreateAsync(1, guard);
        files.Files.FailureOfState = new StateStoreException("disk full");
        await Assert.ThrowsAsync<StateStoreException>(
            () => files.ChangeAsync(s => s with { Counters = s.Counters.Raise("t:u:unanswered", 1) }));
        files.Files.FailureOfState = null;
        byte[] unanswered = files.Counters;
        await files.RaiseAsync(Key, 2);
        Assert.DoesNotContain("t:u:unanswered", files.State.Counters.Values.Keys);

        files.Counters = unanswered;

        Assert.Contains("another one of this number was found", await files.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_StateAndCountersInEachOthersPlace_IsRefused()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        (byte[] state, byte[] counters) = (files.Files.Data, files.Counters);

        files.Counters = state;
        Assert.Contains("holds no counters", await files.RefusedAsync(), StringComparison.Ordinal);

        // Nor with the first bytes of the other.
        byte[] start = counters[..35];
        files.Counters = [.. start, .. state[start.Length..]];
        Assert.Contains("does not open", await files.RefusedAsync(), StringComparison.Ordinal);

        files.Counters = state;
        files.Files.Data = counters;
        Assert.Contains("is not a sealed state", await files.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_RecentCountersAndTheBaseInEachOthersPlace_IsRefused()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        await files.RaiseManyAsync("a");
        await files.RaiseAsync(Key, 2);
        (byte[] recent, byte[] all) = (files.Counters, files.Files.Beside[CountedFiles.BaseName]);
        await files.StartAsync();

        files.Counters = all;
        Assert.Contains("'sealed_counters' does not belong to this state", await files.RefusedAsync(), StringComparison.Ordinal);

        files.Counters = recent;
        files.Files.Beside[CountedFiles.BaseName] = recent;
        Assert.Contains("'sealed_counters_base' does not belong to this state", await files.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_BaseGoneOrAnother_IsRefused()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        await files.RaiseManyAsync("a");
        byte[] older = files.Files.Beside[CountedFiles.BaseName];
        await files.RaiseManyAsync("b");
        (byte[] counters, byte[] newest) = (files.Counters, files.Files.Beside[CountedFiles.BaseName]);
        Assert.NotEqual(older, newest);

        files.Files.Beside[CountedFiles.BaseName] = older;
        Assert.Contains(
            "'sealed_counters_base' is not the one that 'sealed_counters' was made with",
            await files.RefusedAsync(),
            StringComparison.Ordinal);
        files.Files.Beside.Remove(CountedFiles.BaseName);
        Assert.Contains("'sealed_counters_base' is missing", await files.RefusedAsync(), StringComparison.Ordinal);

        // Nor one of a higher number whose counters were never answered.
        files.Files.Beside[CountedFiles.BaseName] = newest;
        await files.StartAsync();
        await files.RaiseManyAsync("c");
        byte[] another = files.Files.Beside[CountedFiles.BaseName];
        (files.Counters, files.Files.Beside[CountedFiles.BaseName]) = (counters, another);
        Assert.Contains("'sealed_counters_base' is not the one", await files.RefusedAsync(), StringComparison.Ordinal);

        files.Files.Beside[CountedFiles.BaseName] = newest;
        await files.StartAsync();
        Assert.Equal(161, files.State.Counters.Use.Count);
    }

    [Fact]
    public async Task Start_CountersOfAnotherDeploymentOrOfAnotherKey_AreRefused()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        byte[] own = files.Counters;
        files.Counters = (await CountedFiles.CreateAsync(1)).Counters;
        Assert.Contains("'sealed_counters' does not belong to this state", await files.RefusedAsync(), StringComparison.Ordinal);

        // The key is replaced; a holder of the old one could make any counters of it.
        files.Counters = own;
        await files.StartAsync();
        CoordinatorState other = SealedFiles.CreateState();
        await files.ChangeAsync(s => s with { Protection = other.Protection });
        await files.RaiseAsync(Key, 2);
        files.Counters = own;
        Assert.Contains("'sealed_counters' does not belong to this state", await files.RefusedAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CountedFiles.Name)]
    [InlineData(CountedFiles.BaseName)]
    public async Task Start_AnySingleBitOfTheCountersFlippedOrAnyByteMissing_IsRefused(string name)
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        await files.RaiseManyAsync("a");
        await files.RaiseAsync(Key, 2);
        byte[] good = files.Files.Beside[name];
        await files.StartAsync();

        // Of the base, the start and the end: the rest is one ciphertext.
        foreach (int at in Enumerable.Range(0, good.Length).Where(i => i < 64 || i >= good.Length - 17))
        {
            for (int bit = 0; bit < 8; bit++)
            {
                files.Files.Beside[name] = [.. good];
                files.Files.Beside[name][at] ^= (byte)(1 << bit);
                Assert.NotEmpty(await files.RefusedAsync());
            }

            files.Files.Beside[name] = good[..at];
            Assert.NotEmpty(await files.RefusedAsync());
        }

        files.Files.Beside[name] = [.. good, 0];
        Assert.NotEmpty(await files.RefusedAsync());
    }

    [Fact]
    public async Task Start_GenerationInTheBlobChanged_IsRefused()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        byte[] first = files.Counters;
        await files.RaiseAsync(Key, 2);
        await files.ChangeAsync();
        first[27] = files.Counters[27];

        files.Counters = first;

        Assert.Contains("does not open", await files.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Open_LockedStateWhoseCountersWereRolledBack_IsRefusedWithTheKey()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        byte[] first = files.Counters, key = files.State.Protection.Key.Bytes.ToArray();
        await files.RaiseAsync(Key, 2);
        byte[] newest = files.Counters;
        await files.ChangeAsync();
        files.Files.Key = [];
        StateRepository repository = files.Files.Open();
        LockedState locked = (await repository.LoadAsync(TestContext.Current.CancellationToken)).Locked!;

        files.Counters = first;
        using var refused = new SealingKey(key);
        await Assert.ThrowsAsync<SealedStateException>(() => repository.OpenAsync(locked, refused, TestContext.Current.CancellationToken));

        files.Counters = newest;
        using var taken = new SealingKey(key);
        Assert.Equal(2UL, (await repository.OpenAsync(locked, taken, TestContext.Current.CancellationToken)).Counters.Values[Key]);
    }
}
