namespace MarbleRun.Coordinator.State;

/// <summary>The snapshot that readers take: one reference, replaced whole after it is durable.</summary>
internal sealed class CurrentState
{
    private volatile CoordinatorState? _value;

    /// <exception cref="InvalidOperationException">The state is not loaded yet.</exception>
    public CoordinatorState Value =>
        _value ?? throw new InvalidOperationException("The Coordinator's state is not loaded yet; it is when the host has started.");

    /// <summary>Called after each change with the new snapshot, in the writer's turn: a handler must be quick.</summary>
    public event Action<CoordinatorState>? Published;

    public bool IsLoaded => _value is not null;

    public void Publish(CoordinatorState state)
    {
        _value = state;
        Published?.Invoke(state);
    }
}
