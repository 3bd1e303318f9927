using System.Diagnostics;
using System.Globalization;

namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>One call of a client: it takes effect at one moment between its start and its end.</summary>
/// <param name="Client">Who called.</param>
/// <param name="Input">What was asked for.</param>
/// <param name="Invoked">The start, by the clock of the history. All times of a history differ.</param>
/// <param name="Output">The answer; without meaning while the operation is open.</param>
/// <param name="Returned">The end; <see cref="Never"/> if the client did not learn the outcome.</param>
internal sealed record Operation<TInput, TOutput>(int Client, TInput Input, long Invoked, TOutput Output, long Returned)
{
    /// <summary>The end of an operation without an answer: it may take effect at any later moment, or never.</summary>
    public const long Never = long.MaxValue;

    public bool IsOpen => Returned == Never;

    /// <summary>The operation as it was known at a moment.</summary>
    public Operation<TInput, TOutput> At(long time) => Returned <= time ? this : this with { Returned = Never, Output = default! };

    public override string ToString()
    {
        string end = IsOpen ? "open" : InMilliseconds(Returned);
        return $"[{InMilliseconds(Invoked),10} {end,10}] client {Client}: {Input} -> {(IsOpen ? "?" : $"{Output}")}";
    }

    private static string InMilliseconds(long time) =>
        (time * 1000.0 / Stopwatch.Frequency).ToString("F3", CultureInfo.InvariantCulture);
}
