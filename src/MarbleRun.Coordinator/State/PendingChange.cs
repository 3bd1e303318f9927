namespace MarbleRun.Coordinator.State;

/// <summary>A change with an answer.</summary>
internal sealed class PendingChange<T>(Func<CoordinatorState, (CoordinatorState State, T Result)> change, bool isOfCountersAlone)
    : IPendingChange
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _completion.Task;

    public bool IsOfCountersAlone => isOfCountersAlone;

    public CoordinatorState Apply(CoordinatorState state)
    {
        (CoordinatorState next, _result) = change(state);
        return next;
    }

    public void Succeed() => _completion.TrySetResult(_result);

    public void Fail(Exception exception) => _completion.TrySetException(exception);
}
