using MarbleRun.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// The one way to change the state by a decision: it is recorded, then made, and where it could not be made, another record says so. Once
/// it is recorded, it is made even if its caller leaves.
/// </summary>
internal sealed class Decisions(AuditLog audit, StateWriter writer, Replica replica)
{
    /// <summary>Records a decision that changes nothing, or that is made after something else was done for it.</summary>
    /// <returns>The end of the trail.</returns>
    /// <exception cref="AuditException">There is no record: refuse what was decided.</exception>
    public async Task<AuditHead> RecordAsync(Decision decision)
    {
        AuditHead? head = null;
        foreach ((string Name, string Value)[] details in decision.Records)
        {
            head = await audit.RecordAsync(AuditOutcome.Allowed, decision.Action, decision.Actor, details);
        }

        return head!;
    }

    /// <summary>Records a decision and makes it; when this returns it is durable.</summary>
    /// <param name="decision">What is decided.</param>
    /// <param name="change">From the newest state to the next one, without the record: pure and quick. It may throw to refuse.</param>
    /// <param name="logLines">What the update log holds of it.</param>
    /// <exception cref="AuditException">There is no record, and nothing was changed.</exception>
    public Task MakeAsync(Decision decision, Func<CoordinatorState, CoordinatorState> change, params IReadOnlyList<string> logLines) =>
        MakeAsync(decision, newest => (change(newest), true), logLines);

    /// <inheritdoc cref="MakeAsync(Decision, Func{CoordinatorState, CoordinatorState}, IReadOnlyList{string})"/>
    public async Task<T> MakeAsync<T>(
        Decision decision, Func<CoordinatorState, (CoordinatorState State, T Result)> change, params IReadOnlyList<string> logLines) =>
        await MakeAsync(decision, await RecordAsync(decision), change, logLines);

    /// <summary>Makes a decision that is recorded already.</summary>
    /// <param name="decision">What was decided.</param>
    /// <param name="head">The end of the trail when it was recorded.</param>
    /// <param name="change">From the newest state to the next one, without the record.</param>
    /// <param name="logLines">What the update log holds of it.</param>
    public Task<T> MakeAsync<T>(
        Decision decision,
        AuditHead head,
        Func<CoordinatorState, (CoordinatorState State, T Result)> change,
        params IReadOnlyList<string> logLines) =>
        RequireDoneAsync(decision, writer.ChangeAsync(newest => Record(newest, change(newest), head, logLines), CancellationToken.None));

    /// <summary>Records a decision about counters and makes it, without sealing the rest of the state.</summary>
    /// <param name="decision">What is decided.</param>
    /// <param name="change">From the newest state to its next counters and an answer.</param>
    /// <exception cref="AuditException">There is no record, and nothing was changed.</exception>
    public async Task<T> MakeOfCountersAsync<T>(Decision decision, Func<CoordinatorState, (CounterSet Counters, T Result)> change)
    {
        AuditHead head = await RecordAsync(decision);
        return await RequireDoneAsync(decision, writer.ChangeCountersAsync(
            newest =>
            {
                (CounterSet counters, T result) = change(newest);
                return (ReferenceEquals(counters, newest.Counters)
                    ? newest
                    : newest.Recorded(replica.Name, head) with { Counters = counters }, result);
            },
            CancellationToken.None));
    }

    private (CoordinatorState State, T Result) Record<T>(
        CoordinatorState newest, (CoordinatorState State, T Result) change, AuditHead head, IReadOnlyList<string> logLines) =>
        (ReferenceEquals(change.State, newest) ? newest : change.State.Recorded(replica.Name, head, logLines), change.Result);

    private async Task<T> RequireDoneAsync<T>(Decision decision, Task<T> change)
    {
        try
        {
            return await change;
        }
        catch (Exception exception)
        {
            await audit.RecordAsync(AuditOutcome.Failed, decision.Action, decision.Actor, ("reason", exception.Message));
            throw;
        }
    }
}
