using MarbleRun.Audit;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>What every store does that keeps audit trails.</summary>
public abstract class AuditStoreConformance(StoreServer server)
{
    private const string Replica = "replica-1";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    private readonly string _deployment = $"test-{Guid.NewGuid():N}";

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_TrailWithoutRecords_IsEmpty()
    {
        IAuditStore store = Connect();

        Assert.Null(await store.ReadLastAsync(Replica, Token));
        Assert.Empty(await store.ReadAsync(Replica, 1, 10, Token));
    }

    [Fact]
    public async Task Append_GroupsOfSeveralSizes_AreReadFromAnyRecordOn()
    {
        IAuditStore store = Connect();
        var trail = new TestAuditTrail(store, Replica);
        var all = new List<ReadOnlyMemory<byte>>();
        foreach (int count in (int[])[1, 256, 1, 3, 40])
        {
            IReadOnlyList<ReadOnlyMemory<byte>> lines = trail.Prepare(count, $"group of {count}");
            await trail.SendAsync(lines);
            all.AddRange(lines);
        }

        foreach (long first in (long[])[1, 2, 3, 256, 257, 258, 259, 261, 262, 301])
        {
            foreach (int limit in (int[])[1, 2, 60, 1000])
            {
                IReadOnlyList<StoredAuditLine> found = await Connect().ReadAsync(Replica, first, limit, Token);

                ReadOnlyMemory<byte>[] expected = [.. all.Skip((int)first - 1).Take(limit)];
                Assert.Equal(expected.Select((_, i) => first + i), found.Select(line => line.Sequence));
                Assert.All(found, (line, i) => Assert.True(line.Line.Span.SequenceEqual(expected[i].Span)));
            }
        }

        Assert.Empty(await store.ReadAsync(Replica, 302, 10, Token));
        StoredAuditLine last = (await store.ReadLastAsync(Replica, Token))!.Value;
        Assert.Equal(301, last.Sequence);
        Assert.True(last.Line.Span.SequenceEqual(all[^1].Span));
        Assert.Equal(trail.Head, (await TestAuditTrail.VerifyAsync(store, Replica)).Head);
    }

    [Fact]
    public async Task Append_TrailsOfSeveralCoordinatorsAndDeployments_AreApart()
    {
        IAuditStore store = Connect();
        await new TestAuditTrail(store, Replica).AppendAsync(3);

        await new TestAuditTrail(store, "replica-10").AppendAsync(1);
        await new TestAuditTrail(server.ConnectAudit(_deployment + "-b"), Replica).AppendAsync(2);

        Assert.Equal(3, (await store.ReadLastAsync(Replica, Token))!.Value.Sequence);
        Assert.Equal(1, (await store.ReadLastAsync("replica-10", Token))!.Value.Sequence);
        Assert.Equal(2, (await TestAuditTrail.VerifyAsync(server.ConnectAudit(_deployment + "-b"), Replica)).RecordCount);
    }

    [Fact]
    public async Task Append_TrailThatEndsElsewhere_IsAConflictAndChangesNothing()
    {
        IAuditStore store = Connect();
        var trail = new TestAuditTrail(store, Replica);
        await trail.AppendAsync(3);
        await trail.AppendAsync(2);
        var other = new TestAuditTrail(store, Replica);
        IReadOnlyList<ReadOnlyMemory<byte>> lines = other.Prepare(2, "another one");

        foreach (long first in (long[])[1, 2, 3, 4, 5, 7, 100])
        {
            await AssertConflictAsync(() => store.AppendAsync(Replica, first, lines, Token));
        }

        await AssertConflictAsync(() => store.AppendAsync("new", 2, lines, Token));
        AuditVerification found = await TestAuditTrail.VerifyAsync(store, Replica);
        Assert.True(found.IsIntact);
        Assert.Equal(trail.Head, found.Head);
        await trail.AppendAsync(1);
    }

    [Fact]
    public async Task Append_TheSameAgain_ChangesNothing()
    {
        IAuditStore store = Connect();
        var trail = new TestAuditTrail(store, Replica);
        await trail.AppendAsync(1);
        IReadOnlyList<ReadOnlyMemory<byte>> lines = trail.Prepare(3);
        await trail.SendAsync(lines);

        await trail.SendAsync(lines);
        await Connect().AppendAsync(Replica, 2, lines, Token);

        // A part of them is another append.
        await AssertConflictAsync(() => store.AppendAsync(Replica, 2, [.. lines, lines[0]], Token));
        Assert.Equal(trail.Head, (await TestAuditTrail.VerifyAsync(store, Replica)).Head);
    }

    /// <summary>Two Coordinators with one name: one of them writes, and the other one cannot.</summary>
    [Fact]
    [Trait("Security", "G6")]
    public async Task Append_SeveralWritersUnderOneName_NeverFork()
    {
        const int Writers = 4;
        using var start = new Barrier(Writers);
        AuditHead?[] ends = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var trail = new TestAuditTrail(Connect(), Replica);
            start.SignalAndWait(Token);
            try
            {
                for (int i = 0; i < 20; i++)
                {
                    await trail.AppendAsync(1 + (i % 3), $"writer {writer}");
                }

                return trail.Head;
            }
            catch (StateStoreException exception) when (exception.IsConflict)
            {
                return null;
            }
        })));

        AuditVerification found = await TestAuditTrail.VerifyAsync(Connect(), Replica);
        Assert.True(found.IsIntact);
        Assert.Equal(Assert.Single(ends, end => end is not null), found.Head);
    }

    /// <summary>As many records of 8 KB as the trail of a Coordinator adds at once, again and again.</summary>
    [Fact]
    public async Task Append_LargestGroups_AreReadInParts()
    {
        string detail = new('x', 8 * 1024);
        IAuditStore store = Connect();
        var trail = new TestAuditTrail(store, Replica);
        for (int i = 0; i < 4; i++)
        {
            await trail.AppendAsync(128, detail);
        }

        // The writer begins another group after 1 MiB: the last record of this one is the longest that there is.
        await trail.SendAsync([.. trail.Prepare(125, detail), .. trail.Prepare(1, new string('y', AuditRecord.MaxLineLength - 300))]);
        await trail.AppendAsync(256, new string('z', 3_800));

        AuditVerification found = await TestAuditTrail.VerifyAsync(store, Replica);
        Assert.True(found.IsIntact);
        Assert.Equal((894L, trail.Head), (found.RecordCount, found.Head));
        Assert.True((await store.ReadAsync(Replica, 1, 1000, Token)).Count is > 100 and < 128);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Append_ConnectionIsCut_IsMadeOnceAndAcknowledged(bool isAfterTheAnswer)
    {
        using var proxy = new CuttingProxy(server.Port, "the cut one"u8, isAfterTheAnswer);
        var trail = new TestAuditTrail(server.ConnectAudit(_deployment, [.. server.Settings(_deployment, proxy.Port)]), Replica);
        await trail.AppendAsync(2);

        await trail.AppendAsync(3, "the cut one");
        await trail.AppendAsync(1);

        Assert.Equal(1, proxy.Cuts);
        AuditVerification found = await TestAuditTrail.VerifyAsync(Connect(), Replica);
        Assert.True(found.IsIntact);
        Assert.Equal(trail.Head, found.Head);
    }

    /// <summary>What was not answered is sent again, as the Coordinator does.</summary>
    [Fact]
    public async Task Append_ServerIsKilledInTheMiddle_KeepsWhatItAcknowledged()
    {
        const int Kills = 3;
        IAuditStore store = server.ConnectAudit(_deployment, [.. server.TimeLimit(s_limit)]);
        var trail = new TestAuditTrail(store, Replica);
        for (int kill = 0; kill < Kills; kill++)
        {
            int acknowledged = 0;
            Task killing = Task.Run(
                async () =>
                {
                    while (Volatile.Read(ref acknowledged) < 20)
                    {
                        await Task.Delay(1, Token);
                    }

                    server.Kill();
                },
                Token);
            AuditHead last = trail.Head;
            IReadOnlyList<ReadOnlyMemory<byte>> lines;
            while (true)
            {
                lines = trail.Prepare(3);
                try
                {
                    await trail.SendAsync(lines);
                    last = trail.Head;
                    acknowledged++;
                }
                catch (StateStoreException exception)
                {
                    Assert.False(exception.IsConflict, exception.Message);
                    break;
                }
            }

            await killing;
            await server.RestartAsync();
            AuditVerification found = await RetryAsync(() => TestAuditTrail.VerifyAsync(store, Replica, last.Hash));
            Assert.True(found.IsIntact, string.Join("; ", found.Faults));
            Assert.Contains(found.Head, (AuditHead[])[last, trail.Head]);
            await RetryAsync(async () =>
            {
                await trail.SendAsync(lines);
                return true;
            });
        }

        Assert.Equal(trail.Head, (await TestAuditTrail.VerifyAsync(store, Replica)).Head);
    }

    [Fact]
    public async Task Append_ServerHangs_FailsInTimeAndCanBeRepeated()
    {
        IAuditStore store = server.ConnectAudit(_deployment, [.. server.TimeLimit(s_limit)]);
        var trail = new TestAuditTrail(store, Replica);
        await trail.AppendAsync(1);
        IReadOnlyList<ReadOnlyMemory<byte>> lines = trail.Prepare(2);
        await server.PauseAsync("STOP");
        try
        {
            StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await trail.SendAsync(lines));

            Assert.False(failure.IsConflict, failure.Message);
            Assert.Contains(server.Name, failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            await server.PauseAsync("CONT");
        }

        await RetryAsync(async () =>
        {
            await trail.SendAsync(lines);
            return true;
        });
        AuditVerification found = await TestAuditTrail.VerifyAsync(Connect(), Replica);
        Assert.True(found.IsIntact);
        Assert.Equal(trail.Head, found.Head);
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Verify_RecordChangedInTheStore_ShowsIt()
    {
        IAuditStore store = Connect();
        var trail = new TestAuditTrail(store, Replica);
        await trail.AppendAsync(1);
        await trail.AppendAsync(1);
        await trail.AppendAsync(1);

        await server.ChangeRecordAsync(_deployment, Replica, 2);

        AuditVerification found = await TestAuditTrail.VerifyAsync(store, Replica);
        Assert.Contains("the line before it was changed", Assert.Single(found.Faults).Message, StringComparison.Ordinal);
    }

    private static async Task AssertConflictAsync(Func<ValueTask> append)
    {
        StateStoreException conflict = await Assert.ThrowsAsync<StateStoreException>(async () => await append());
        Assert.True(conflict.IsConflict, conflict.Message);
        Assert.False(conflict.IsOutcomeUnknown);
    }

    private static async Task<T> RetryAsync<T>(Func<Task<T>> operation)
    {
        while (true)
        {
            try
            {
                return await operation();
            }
            catch (StateStoreException exception) when (!exception.IsConflict)
            {
                await Task.Delay(50, Token);
            }
        }
    }

    private IAuditStore Connect() => server.ConnectAudit(_deployment);
}
