using System.Collections.Immutable;

namespace MarbleRun.Coordinator.Activation;

/// <summary>What a Marble gets. It holds its key and its secrets: never log it.</summary>
internal sealed record ActivationResult
{
    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files { get; init; }

    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Environment { get; init; }

    public required ImmutableArray<string> Arguments { get; init; }

    public override string ToString() => $"parameters ({Files.Count} files, {Environment.Count} variables, {Arguments.Length} arguments)";
}
