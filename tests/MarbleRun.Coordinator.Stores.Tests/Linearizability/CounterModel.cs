namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>Counters that only grow; the answer to a raise is the value before it.</summary>
internal sealed class CounterModel : IModel<ulong, CounterInput, ulong>
{
    public ulong Initial => 0;

    public bool TryStep(ulong state, Operation<CounterInput, ulong> operation, out ulong next)
    {
        next = Math.Max(state, operation.Input.Value);
        return operation.IsOpen || operation.Output == state;
    }

    public object PartOf(CounterInput input) => input.Name;

    /// <summary>The next answer after a raise would contain its value.</summary>
    public bool CanMatter(Operation<CounterInput, ulong> open, IReadOnlyList<Operation<CounterInput, ulong>> part) =>
        part.Any(o => !o.IsOpen && o.Output == open.Input.Value);
}

/// <summary>A raise.</summary>
/// <param name="Name">Of the counter.</param>
/// <param name="Value">The value that it has at least afterwards; 0 reads.</param>
internal sealed record CounterInput(string Name, ulong Value)
{
    public override string ToString() => $"raise {Name} to {Value}";
}
