namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>Values by name. Each value is written once at most.</summary>
internal sealed class RegisterModel(string initial) : IModel<string, RegisterInput, string>
{
    public string Initial => initial;

    public bool TryStep(string state, Operation<RegisterInput, string> operation, out string next)
    {
        next = operation.Input.Write ?? state;
        return operation.Input.Write is not null || operation.IsOpen || operation.Output == state;
    }

    public object PartOf(RegisterInput input) => input.Name;

    /// <summary>A value that no answer contains need never have been written.</summary>
    public bool CanMatter(
        Operation<RegisterInput, string> open, IReadOnlyList<Operation<RegisterInput, string>> part) =>
        open.Input.Write is { } value && part.Any(o => !o.IsOpen && o.Input.Write is null && o.Output == value);
}

/// <summary>A write, or a read.</summary>
/// <param name="Name">Of the register.</param>
/// <param name="Write">The new value; null to read.</param>
internal sealed record RegisterInput(string Name, string? Write)
{
    public override string ToString() => Write is null ? $"read {Name}" : $"write {Name} = {Write}";
}
