using MarbleRun.Coordinator.State.Changes;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>What waits at the same time shares one commit, and has its outcome only after it.</summary>
public sealed class GroupCommitTests
{
    private readonly List<int[]> _commits = [];
    private readonly GroupCommit<Item> _groups;
    private TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    public GroupCommitTests()
    {
        _groups = new GroupCommit<Item>(() => new Group(this), maxGroupSize: 3);
    }

    [Fact]
    public async Task Run_ItemsWhileACommitRuns_ShareTheNextOne()
    {
        Task running = _groups.RunAsync();
        Item first = Add(1);
        await _started.Task;
        Item[] waiting = [Add(2), Add(3)];

        Assert.All(waiting.Prepend(first), item => Assert.False(item.Outcome.IsCompleted));
        _gate.SetResult();
        await Task.WhenAll(waiting.Prepend(first).Select(item => item.Outcome));

        Assert.Equal([[1], [2, 3]], _commits);
        await EndAsync(running);
    }

    [Fact]
    public async Task Run_MoreItemsThanAGroupTakes_AreCommittedInTheirOrder()
    {
        Item[] items = [Add(1), Add(2), Add(3), Add(4)];
        _gate.SetResult();

        await EndAsync(_groups.RunAsync());

        Assert.Equal([[1, 2, 3], [4]], _commits);
        Assert.All(items, item => Assert.True(item.Outcome.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Run_GroupThatIsFull_LeavesTheRestToTheNextOne()
    {
        Item[] items = [Add(1), Add(Item.Large), Add(2)];
        _gate.SetResult();

        await EndAsync(_groups.RunAsync());

        Assert.Equal([[1, Item.Large], [2]], _commits);
        Assert.All(items, item => Assert.True(item.Outcome.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Run_ItemThatIsRefused_FailsAloneAndIsInNoGroup()
    {
        (Item good, Item bad) = (Add(1), Add(-1));
        _gate.SetResult();

        await EndAsync(_groups.RunAsync());

        Assert.Equal([[1]], _commits);
        Assert.True(good.Outcome.IsCompletedSuccessfully);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => bad.Outcome);
    }

    [Fact]
    public async Task Run_OnlyRefusedItems_CommitsNothing()
    {
        Item bad = Add(-1);

        await EndAsync(_groups.RunAsync());

        Assert.Empty(_commits);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => bad.Outcome);
    }

    [Fact]
    public async Task Run_CommitFails_FailsAllOfItsGroupAndGoesOn()
    {
        Task running = _groups.RunAsync();
        Item first = Add(1);
        await _started.Task;
        Item[] group = [Add(2), Add(3)];
        _failure = new IOException("disk full");
        _started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (TaskCompletionSource gate, _gate) = (_gate, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _gate.SetResult();

        // The commit that runs was begun before the failure was set, and reads it when it goes on: it is the first that fails.
        gate.SetResult();
        IOException failure = await Assert.ThrowsAsync<IOException>(() => first.Outcome);
        await Task.WhenAll(group.Select(item => item.Outcome));

        Assert.Equal("disk full", failure.Message);
        Assert.Equal([[2, 3]], _commits);
        await EndAsync(running);
    }

    [Fact]
    public async Task Run_CommitOfSeveralFails_GivesEachTheSameFailure()
    {
        Item[] items = [Add(1), Add(2), Add(3)];
        _failure = new IOException("disk full");
        _gate.SetResult();

        await EndAsync(_groups.RunAsync());

        Assert.Empty(_commits);
        foreach (Item item in items)
        {
            Assert.Equal("disk full", (await Assert.ThrowsAsync<IOException>(() => item.Outcome)).Message);
        }
    }

    [Fact]
    public async Task Complete_ItemsThatWait_HaveTheirOutcomeAndNoOthersAreTaken()
    {
        Item waiting = Add(1);
        _groups.Complete();
        _gate.SetResult();

        Assert.False(_groups.TryAdd(new Item(2)));
        await _groups.RunAsync();

        Assert.True(waiting.Outcome.IsCompletedSuccessfully);
        Assert.Equal([[1]], _commits);
    }

    private Item Add(int value)
    {
        var item = new Item(value);
        Assert.True(_groups.TryAdd(item));
        return item;
    }

    private async Task EndAsync(Task running)
    {
        _groups.Complete();
        await running;
    }

    private sealed class Group(GroupCommitTests test) : ICommitGroup<Item>
    {
        private readonly List<int> _values = [];

        public bool IsFull => _values.Contains(Item.Large);

        public void Add(Item item)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(item.Value);
            _values.Add(item.Value);
        }

        public async Task CommitAsync()
        {
            test._started.TrySetResult();
            await test._gate.Task;
            if (Interlocked.Exchange(ref test._failure, null) is { } failure)
            {
                throw failure;
            }

            test._commits.Add([.. _values]);
        }
    }

    private sealed class Item(int value) : IWaiting
    {
        /// <summary>A value that fills a group.</summary>
        public const int Large = 1000;

        private readonly TaskCompletionSource _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Value => value;

        public Task Outcome => _outcome.Task;

        public void Succeed() => _outcome.SetResult();

        public void Fail(Exception exception) => _outcome.SetException(exception);
    }
}
