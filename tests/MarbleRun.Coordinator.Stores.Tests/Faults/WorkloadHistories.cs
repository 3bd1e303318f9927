using System.Collections.Concurrent;
using MarbleRun.Coordinator.Stores.Tests.Linearizability;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>What the clients of one run asked for and got.</summary>
internal sealed class WorkloadHistories
{
    private readonly ConcurrentQueue<(long Start, long End, string[] Lines)> _logs = new();

    /// <summary>Activations with a limit.</summary>
    public History<string, bool> Activations { get; } = new();

    /// <summary>Pairs of secrets.</summary>
    public History<RegisterInput, string> Secrets { get; } = new();

    /// <summary>The security version of a package.</summary>
    public History<UpdateInput, string> Updates { get; } = new();

    /// <summary>Counters of Marbles.</summary>
    public History<CounterInput, ulong> Counters { get; } = new();

    /// <summary>Answers that no correct Coordinator gives, whatever the order.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>What the replicas refused, by their own words.</summary>
    public ConcurrentQueue<Refusal> Refusals { get; } = new();

    /// <summary>How many operations have an answer.</summary>
    public int Answers =>
        Activations.Operations.Count(o => !o.IsOpen)
        + Secrets.Operations.Count(o => !o.IsOpen)
        + Updates.Operations.Count(o => !o.IsOpen)
        + Counters.Operations.Count(o => !o.IsOpen);

    /// <summary>Notes a whole update log.</summary>
    public void AddLog(long start, long end, string[] lines) => _logs.Enqueue((start, end, lines));

    /// <summary>Whether an update could have become effective in a time of the history of updates.</summary>
    public bool IsUpdateUnderWay(long start, long end) =>
        Updates.Operations.Any(o => o.Input.Version is not null && o.Invoked < end && o.Returned > start);

    /// <summary>The first thing that is wrong; null if nothing is.</summary>
    public string? FindFault() =>
        !Faults.IsEmpty ? "Answers that no Coordinator may give:\n" + string.Join('\n', Faults.Take(10))
        : Describe("activations", LinearizabilityChecker.Check(new BudgetModel(TestMesh.MaxActivations), Activations.Operations))
            ?? Describe("secrets", LinearizabilityChecker.Check(new RegisterModel("0"), Secrets.Operations))
            ?? Describe("updates", LinearizabilityChecker.Check(new UpdateLogModel(), Updates.Operations))
            ?? Describe("counters", LinearizabilityChecker.Check(new CounterModel(), Counters.Operations))
            ?? FindTornLog();

    public override string ToString() =>
        $"activations {Count(Activations)}, secrets {Count(Secrets)}, updates {Count(Updates)}, counters {Count(Counters)}";

    private static string Count<TInput, TOutput>(History<TInput, TOutput> history) =>
        $"{history.Operations.Count(o => !o.IsOpen)} ({history.Operations.Count(o => o.IsOpen)} open)";

    private static string? Describe(string name, CheckResult result) =>
        result.IsLinearizable ? null : $"The history of {name} is {result.Verdict}.\n{result.Report}";

    /// <summary>Each log that was asked for after another one had been answered begins with that one.</summary>
    private string? FindTornLog()
    {
        (long Start, long End, string[] Lines)[] logs = [.. _logs.OrderBy(l => l.End)];
        foreach ((long start, _, string[] lines) in logs)
        {
            string[] before = logs.TakeWhile(l => l.End < start).Select(l => l.Lines).MaxBy(l => l.Length) ?? [];
            if (!lines.Take(before.Length).SequenceEqual(before))
            {
                return $"An update log of {before.Length} lines was followed by one of {lines.Length} that does not begin with it:\n"
                    + $"{string.Join('\n', before.TakeLast(5))}\n---\n{string.Join('\n', lines.TakeLast(5))}";
            }
        }

        return null;
    }
}

/// <summary>An answer that was no success.</summary>
/// <param name="Reason">Its text.</param>
/// <param name="Time">How long it took.</param>
internal sealed record Refusal(string Reason, TimeSpan Time);
