using System.Threading.Channels;

namespace MarbleRun.Coordinator.State.Changes;

/// <summary>What waits for a commit, and receives its outcome.</summary>
internal interface IWaiting
{
    /// <summary>The commit is durable.</summary>
    void Succeed();

    /// <summary>Nothing of this item is durable, or it is unknown whether it is; the exception says which.</summary>
    void Fail(Exception exception);
}

/// <summary>Items that are committed together.</summary>
internal interface ICommitGroup<in T>
{
    /// <summary>Whether the group takes no more items.</summary>
    bool IsFull { get; }

    /// <summary>Adds an item. If it throws, the item is not in the group, and the exception is the outcome of this item alone.</summary>
    void Add(T item);

    /// <summary>Makes the group durable. If it throws, the exception is the outcome of all items.</summary>
    Task CommitAsync();
}

/// <summary>
/// Commits items one group after another: those that wait at the same time share one commit. An item gets its outcome only after the
/// commit has ended.
/// </summary>
/// <param name="begin">Starts an empty group; called after the previous commit has ended.</param>
/// <param name="maxGroupSize">The most items in one group.</param>
internal sealed class GroupCommit<T>(Func<ICommitGroup<T>> begin, int maxGroupSize)
    where T : class, IWaiting
{
    private readonly Channel<T> _items = Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Adds an item to those that wait, unless <see cref="Complete"/> was called.</summary>
    public bool TryAdd(T item) => _items.Writer.TryWrite(item);

    /// <summary>Takes no more items.</summary>
    public void Complete() => _items.Writer.TryComplete();

    /// <summary>Runs until <see cref="Complete"/>; every item that was added has its outcome before it returns.</summary>
    public async Task RunAsync()
    {
        while (await _items.Reader.WaitToReadAsync())
        {
            await CommitGroupAsync();
        }
    }

    private async Task CommitGroupAsync()
    {
        ICommitGroup<T> group = begin();
        var members = new List<T>();
        while (members.Count < maxGroupSize && !group.IsFull && _items.Reader.TryRead(out T? item))
        {
            try
            {
                group.Add(item);
                members.Add(item);
            }
#pragma warning disable CA1031 // Every exception is the item's outcome, and must not end the loop for the others.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                item.Fail(exception);
            }
        }

        if (members.Count == 0)
        {
            return;
        }

        try
        {
            await group.CommitAsync();
        }
#pragma warning disable CA1031 // Every exception is the outcome of all who wait, and must not end the loop for those that come later.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            members.ForEach(member => member.Fail(exception));
            return;
        }

        members.ForEach(member => member.Succeed());
    }
}
