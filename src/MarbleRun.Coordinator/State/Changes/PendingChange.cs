namespace MarbleRun.Coordinator.State.Changes;

/// <summary>A change that waits for the writer.</summary>
/// <param name="isOfCountersAlone">
/// Whether it changes only counters and the end of the audit trail, which are sealed without the rest.
/// </param>
internal abstract class PendingChange(bool isOfCountersAlone) : IWaiting
{
    public bool IsOfCountersAlone => isOfCountersAlone;

    /// <summary>The state after the change; an exception is the answer to the caller. It may be called again with another state.</summary>
    public abstract CoordinatorState Apply(CoordinatorState state);

    public abstract void Succeed();

    public abstract void Fail(Exception exception);
}

/// <summary>A change with an answer.</summary>
internal sealed class AnsweredChange<T>(Func<CoordinatorState, (CoordinatorState State, T Result)> change, bool isOfCountersAlone)
    : PendingChange(isOfCountersAlone)
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _completion.Task;

    public override CoordinatorState Apply(CoordinatorState state)
    {
        (CoordinatorState next, _result) = change(state);
        return next;
    }

    public override void Succeed() => _completion.TrySetResult(_result);

    public override void Fail(Exception exception) => _completion.TrySetException(exception);
}
