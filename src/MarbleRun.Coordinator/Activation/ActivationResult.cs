using System.Collections.Immutable;

namespace MarbleRun.Coordinator.Activation;

/// <summary>The data that a Marble gets. It contains the Marble's key and secrets: never log it.</summary>
internal sealed record ActivationResult
{
    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files { get; init; }

    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Environment { get; init; }

    public required ImmutableArray<string> Arguments { get; init; }

    public override string ToString() => $"parameters ({Files.Count} files, {Environment.Count} variables, {Arguments.Length} arguments)";
}
