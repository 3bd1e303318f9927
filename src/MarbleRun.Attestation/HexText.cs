using System.Collections.Immutable;

namespace MarbleRun.Attestation;

/// <summary>Bytes written as hex in a policy: case means nothing.</summary>
internal static class HexText
{
    public static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    /// <summary>The same values equally often, in any order. A list that was set to default counts as empty.</summary>
    public static bool SameItems(ImmutableArray<string> left, ImmutableArray<string> right) =>
        Items(left).Order(StringComparer.OrdinalIgnoreCase)
            .SequenceEqual(Items(right).Order(StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);

    public static int Count(ImmutableArray<string> list) => Items(list).Length;

    private static ImmutableArray<string> Items(ImmutableArray<string> list) => list.IsDefault ? [] : list;
}
