using System.Globalization;
using System.Text;

namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>
/// Decides whether a history is linearizable (Herlihy and Wing, 1990) by the search of Wing and Gong (1993), which remembers where it was,
/// as Lowe describes (2017).
/// </summary>
internal static class LinearizabilityChecker
{
    private const int Shown = 12;

    /// <summary>Checks each part of the history.</summary>
    /// <param name="model">The object.</param>
    /// <param name="operations">The history, in any order.</param>
    /// <param name="limits">When to give up.</param>
    public static CheckResult Check<TState, TInput, TOutput>(
        IModel<TState, TInput, TOutput> model, IReadOnlyList<Operation<TInput, TOutput>> operations, CheckLimits? limits = null)
        where TState : notnull, IEquatable<TState>
        where TInput : notnull
    {
        CheckResult worst = CheckResult.Linearizable;
        foreach (IGrouping<object, Operation<TInput, TOutput>> part in operations.GroupBy(o => model.PartOf(o.Input)))
        {
            CheckResult result = CheckPart(model, part.Key, [.. part.OrderBy(o => o.Invoked)], limits ?? CheckLimits.Default);
            if (result.Verdict == HistoryVerdict.NotLinearizable)
            {
                return result;
            }

            worst = worst.IsLinearizable ? result : worst;
        }

        return worst;
    }

    private static CheckResult CheckPart<TState, TInput, TOutput>(
        IModel<TState, TInput, TOutput> model, object part, Operation<TInput, TOutput>[] operations, CheckLimits limits)
        where TState : notnull, IEquatable<TState>
        where TInput : notnull
    {
        LinearizationSearch<TState, TInput, TOutput> search = Search(model, operations, limits);
        return search.Verdict switch
        {
            HistoryVerdict.Linearizable => CheckResult.Linearizable,
            HistoryVerdict.Undecided => new CheckResult(
                HistoryVerdict.Undecided,
                $"Part '{part}': {operations.Length} operations, {operations.Count(o => o.IsOpen)} of them open, were not decided within "
                + $"{limits.Steps} steps and {limits.Time}. Use fewer operations, or let the model leave out more of the open ones."),
            _ => new CheckResult(HistoryVerdict.NotLinearizable, Explain(model, part, operations, limits)),
        };
    }

    private static LinearizationSearch<TState, TInput, TOutput> Search<TState, TInput, TOutput>(
        IModel<TState, TInput, TOutput> model, Operation<TInput, TOutput>[] operations, CheckLimits limits)
        where TState : notnull, IEquatable<TState>
        where TInput : notnull
    {
        var search = new LinearizationSearch<TState, TInput, TOutput>(
            model, [.. operations.Where(o => !o.IsOpen || model.CanMatter(o, operations))], limits);
        search.Run();
        return search;
    }

    /// <summary>
    /// Finds the first answer that has no explanation: what was known when it came is not linearizable, what was known before is. Each
    /// beginning of a linearizable history is linearizable, so that the search can halve.
    /// </summary>
    private static string Explain<TState, TInput, TOutput>(
        IModel<TState, TInput, TOutput> model, object part, Operation<TInput, TOutput>[] operations, CheckLimits limits)
        where TState : notnull, IEquatable<TState>
        where TInput : notnull
    {
        long[] returns = [.. operations.Where(o => !o.IsOpen).Select(o => o.Returned).Order()];
        int good = 0, bad = returns.Length;
        while (bad - good > 1)
        {
            int middle = (good + bad) / 2;
            (good, bad) = Search(model, Until(operations, returns[middle - 1]), limits).Verdict == HistoryVerdict.Linearizable
                ? (middle, bad)
                : (good, middle);
        }

        Operation<TInput, TOutput>[] prefix = Until(operations, returns[bad - 1]);
        LinearizationSearch<TState, TInput, TOutput> failed = Search(model, prefix, limits);
        Operation<TInput, TOutput> culprit = prefix.Single(o => o.Returned == returns[bad - 1]);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Part '{part}': answer {bad} of {returns.Length} has no explanation:");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {culprit}");
        text.AppendLine("The longest order that explains answers, its end:");
        foreach ((Operation<TInput, TOutput> operation, TState after) in failed.Longest.TakeLast(Shown))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {operation} => {after}");
        }

        text.AppendLine("Not in this order, and known when the answer came:");
        foreach (Operation<TInput, TOutput> operation in prefix.Except(failed.Longest.Select(l => l.Operation)).TakeLast(Shown))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {operation}");
        }

        return text.ToString();
    }

    private static Operation<TInput, TOutput>[] Until<TInput, TOutput>(Operation<TInput, TOutput>[] operations, long time) =>
        [.. operations.Where(o => o.Invoked < time).Select(o => o.At(time))];
}
