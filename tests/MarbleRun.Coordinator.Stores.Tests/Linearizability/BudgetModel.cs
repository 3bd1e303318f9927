namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>Activations of Marble types with a limit: the input is the type, the output whether it was activated.</summary>
internal sealed class BudgetModel(int maxActivations) : IModel<int, string, bool>
{
    public int Initial => 0;

    public bool TryStep(int state, Operation<string, bool> operation, out int next)
    {
        bool isGranted = state < maxActivations;
        next = isGranted ? state + 1 : state;
        return operation.IsOpen || operation.Output == isGranted;
    }

    public object PartOf(string input) => input;
}
