using System.Text;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>The trail in a shared store: lost answers, two writers, and what a start verifies.</summary>
[Trait("Security", "G6")]
public sealed class StoredTrailTests
{
    private const string Replica = "replica-1";

    private readonly MemoryAuditStore _store = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Record_WhenItReturns_IsInTheStore()
    {
        await using Running audit = await OpenAsync();

        AuditHead first = await audit.RecordAsync("one");
        AuditHead second = await audit.RecordAsync("two");

        Assert.Equal((1L, 2L, second), (first.Sequence, second.Sequence, audit.Trail.Head));
        AssertWhole(second);
    }

    [Fact]
    public async Task Record_From64AtTheSameTime_GivesOneWholeChain()
    {
        int appends = 0;
        _store.Append = make =>
        {
            appends++;
            make();
        };
        await using Running audit = await OpenAsync();
        string detail = new('x', 900);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(task => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
            {
                await audit.RecordAsync($"{task} {i} {detail}");
            }
        })));

        AssertWhole(audit.Trail.Head);
        Assert.Equal(64 * 25, audit.Trail.Head.Sequence);
        Assert.InRange(appends, 1, (64 * 25) - 1);
    }

    /// <summary>The append was made, or is made later, or is never made: the next records say the same of it.</summary>
    [Theory]
    [InlineData("made")]
    [InlineData("made later")]
    [InlineData("never made")]
    public async Task Record_AnswerIsLost_IsRefusedAndTheChainDoesNotFork(string outcome)
    {
        await using Running audit = await OpenAsync();
        await audit.RecordAsync("one");
        Action? late = null;
        _store.Append = make =>
        {
            if (outcome == "made")
            {
                make();
            }
            else if (outcome == "made later")
            {
                late = make;
            }

            throw MemoryAuditStore.Unknown();
        };
        AuditException refused = await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync("two"));
        Assert.Equal((1L, 2L), (audit.Trail.Head.Sequence, audit.Trail.Tail.Sequence));
        await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync("refused, and not sent"));

        _store.Append = make =>
        {
            Interlocked.Exchange(ref late, null)?.Invoke();
            make();
        };
        AuditHead third = await audit.RecordAsync("three");

        Assert.Contains("every action that must be recorded is refused", refused.Message, StringComparison.Ordinal);
        Assert.Equal((3L, third), (third.Sequence, audit.Trail.Tail));
        AssertWhole(third);
        Assert.Equal(["one", "two", "three"], Records().Select(record => record.Details["secrets"]));
    }

    [Fact]
    public async Task Record_StoreRefuses_IsNotInTheTrail()
    {
        await using Running audit = await OpenAsync();
        await audit.RecordAsync("one");
        _store.Append = _ => throw new StateStoreException("the disk is full");
        await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync("two"));
        _store.Append = make => make();

        await audit.RecordAsync("three");

        Assert.Equal(["one", "three"], Records().Select(record => record.Details["secrets"]));
        AssertWhole(audit.Trail.Head);
    }

    [Fact]
    public async Task Record_AnotherCoordinatorOfTheSameName_IsRefusedAndSaysSo()
    {
        await using Running first = await OpenAsync();
        await using Running second = await OpenAsync();
        AuditHead head = await first.RecordAsync("one");

        AuditException refused = await Assert.ThrowsAsync<AuditException>(() => second.RecordAsync("another one"));

        Assert.Contains("Another Coordinator has the same name", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Coordinator:Store:Replica", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AuditException>(() => second.RecordAsync("and again"));
        AssertWhole(head);
    }

    [Fact]
    public async Task Open_TrailOfBefore_GoesOn()
    {
        AuditHead known = await FillAsync(3);
        await FillAsync(2);

        await using Running audit = await OpenAsync(known);

        Assert.Equal(6, (await audit.RecordAsync("six")).Sequence);
        AssertWhole(audit.Trail.Head);
    }

    [Theory]
    [InlineData("all", "it ended with record 3, and now it is empty")]
    [InlineData("end", "it ends with record 2, before record 3, which the state knows")]
    [InlineData("known", "record 3, which the state knows, is missing or was changed")]
    [InlineData("known changed", "record 3, which the state knows, is missing or was changed")]
    [InlineData("later changed", "the line before it was changed")]
    [InlineData("later removed", "record 4 is missing")]
    [InlineData("another number", "records with other numbers")]
    public async Task Open_TrailThatWasChanged_IsRefused(string change, string reason)
    {
        AuditHead known = await FillAsync(3);
        await FillAsync(3);
        SortedDictionary<long, ReadOnlyMemory<byte>> trail = _store.Trails[Replica];
        switch (change)
        {
            case "all":
                trail.Clear();
                break;
            case "end":
                trail.Keys.Where(number => number > 2).ToList().ForEach(number => trail.Remove(number));
                break;
            case "known":
                trail.Remove(3);
                break;
            case "known changed":
                trail[3] = Changed(trail[3]);
                break;
            case "later changed":
                trail[5] = Changed(trail[5]);
                break;
            case "later removed":
                trail.Remove(4);
                break;
            default:
                trail[7] = trail[6];
                trail.Remove(6);
                break;
        }

        AuditException refused = await Assert.ThrowsAsync<AuditException>(
            () => StoredTrail.OpenAsync(_store, Replica, known, Cancellation));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Coordinator:NewAuditTrail", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_BeginningThatWasArchived_GoesOn()
    {
        await FillAsync(4);
        AuditHead known = await FillAsync(1);
        _store.Trails[Replica].Remove(1);
        _store.Trails[Replica].Remove(2);

        using StoredTrail trail = await StoredTrail.OpenAsync(_store, Replica, known, Cancellation);
        using StoredTrail unknown = await StoredTrail.OpenAsync(_store, Replica, expected: null, Cancellation);

        Assert.Equal((known, known), (trail.Head, unknown.Head));
    }

    [Fact]
    public async Task Open_LongTrail_ReadsItsEnd()
    {
        AuditHead known = await FillAsync(1);
        using (StoredTrail trail = await StoredTrail.OpenAsync(_store, Replica, known, Cancellation))
        {
            for (int i = 0; i < 100; i++)
            {
                (List<ReadOnlyMemory<byte>> lines, AuditHead end) = Prepare(trail.Tail, 150);
                await trail.AppendAsync(lines, end);
            }
        }

        int before = _store.Reads;
        using StoredTrail again = await StoredTrail.OpenAsync(_store, Replica, known, Cancellation);

        Assert.Equal(15_001, again.Head.Sequence);
        Assert.Equal(StoredTrail.MaxVerified + 1, _store.Reads - before);
    }

    private static (List<ReadOnlyMemory<byte>> Lines, AuditHead End) Prepare(AuditHead head, int count)
    {
        var lines = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < count; i++)
        {
            byte[] line = RunningAudit.Entry().After(head, DateTimeOffset.UnixEpoch).ToLine();
            lines.Add(line);
            head = new AuditHead(
                head.Sequence + 1, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(line)));
        }

        return (lines, head);
    }

    private static byte[] Changed(ReadOnlyMemory<byte> line) =>
        Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(line.Span).Replace("\"admin\"", "\"nimda\"", StringComparison.Ordinal));

    private IEnumerable<AuditRecord> Records() => _store.Trails[Replica].Values.Select(
        line => AuditRecord.TryParse(line.Span, out AuditRecord? record) ? record : throw new InvalidOperationException());

    private void AssertWhole(AuditHead head)
    {
        byte[] content = [.. _store.Trails[Replica].Values.SelectMany(line => (byte[])[.. line.Span, (byte)'\n'])];
        AuditVerification found = AuditTrail.Verify([new AuditFile("store", content)], AuditHead.Start.Hash);
        Assert.Empty(found.Faults);
        Assert.Equal(head, found.Head);
    }

    /// <summary>Adds records by a Coordinator that has ended since.</summary>
    private async Task<AuditHead> FillAsync(int count)
    {
        await using Running audit = await OpenAsync();
        for (int i = 0; i < count; i++)
        {
            await audit.RecordAsync($"{i}");
        }

        return audit.Trail.Head;
    }

    private async Task<Running> OpenAsync(AuditHead? expected = null) =>
        new(await StoredTrail.OpenAsync(_store, Replica, expected, Cancellation));

    private sealed class Running : IAsyncDisposable
    {
        private readonly AuditWriter _writer;
        private readonly Task _running;

        public Running(StoredTrail trail)
        {
            Trail = trail;
            _writer = new AuditWriter(
                trail, new LastingFault(TimeProvider.System), TimeProvider.System, new RecordingLogs().CreateLogger<AuditWriter>());
            _running = _writer.RunAsync();
        }

        public StoredTrail Trail { get; }

        public Task<AuditHead> RecordAsync(string detail) => _writer.RecordAsync(RunningAudit.Entry(detail), Cancellation);

        public async ValueTask DisposeAsync()
        {
            _writer.Complete();
            await _running;
            Trail.Dispose();
        }
    }
}
