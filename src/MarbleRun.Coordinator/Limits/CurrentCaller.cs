namespace MarbleRun.Coordinator.Limits;

/// <summary>
/// For whom work is being done, for limits that are reached by way of interfaces without a caller: a source of collateral is asked by a
/// verifier, which knows evidence alone.
/// </summary>
internal sealed class CurrentCaller
{
    private readonly AsyncLocal<Caller?> _current = new();

    /// <summary>The caller of this flow of work; null where it was not set.</summary>
    public Caller? Value => _current.Value;

    /// <summary>Says for whom the work is that follows in this flow. It ends with the asynchronous method that calls this.</summary>
    public void Enter(Caller caller) => _current.Value = caller;
}
