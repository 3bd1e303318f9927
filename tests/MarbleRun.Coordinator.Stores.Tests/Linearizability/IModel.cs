namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>What one copy of an object, used by one caller at a time, answers.</summary>
/// <typeparam name="TState">Compares by value.</typeparam>
/// <typeparam name="TInput">Compares by value.</typeparam>
/// <typeparam name="TOutput">An answer.</typeparam>
internal interface IModel<TState, TInput, TOutput>
    where TState : notnull, IEquatable<TState>
    where TInput : notnull
{
    TState Initial { get; }

    /// <summary>Whether the operation may have its output in this state; one that is open may have any.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="next">The state after.</param>
    bool TryStep(TState state, Operation<TInput, TOutput> operation, out TState next);

    /// <summary>Operations of different parts do not affect each other: a history is linearizable if those of all its parts are.</summary>
    object PartOf(TInput input) => string.Empty;

    /// <summary>
    /// Whether an open operation can help to explain the answers of others. If not, the check leaves it out, which saves much time.
    /// </summary>
    /// <param name="open">The operation.</param>
    /// <param name="part">All operations of its part.</param>
    bool CanMatter(Operation<TInput, TOutput> open, IReadOnlyList<Operation<TInput, TOutput>> part) => true;
}
