using System.Collections.Immutable;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>The live Marbles and the revocations, as far as the user may see them.</summary>
internal sealed record MarblesView
{
    /// <summary>Why there is no list; null if there is one.</summary>
    public string? Note { get; init; }

    /// <summary>By Marble type, each in the order of the UUIDs.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<IssuedMarble>> ByType { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<IssuedMarble>>(StringComparer.Ordinal);

    public ImmutableArray<Revocation> Revocations { get; init; } = [];

    public int Count => ByType.Values.Sum(marbles => marbles.Length);

    public int CountOf(string type) => ByType.TryGetValue(type, out ImmutableArray<IssuedMarble> marbles) ? marbles.Length : 0;

    public static MarblesView Of(IEnumerable<IssuedMarble> marbles, IEnumerable<Revocation> revocations) => new()
    {
        ByType = marbles
            .GroupBy(marble => marble.MarbleType, StringComparer.Ordinal)
            .ToImmutableSortedDictionary(
                group => group.Key,
                group => group.OrderBy(marble => marble.Id).ThenBy(marble => marble.Certificate, StringComparer.Ordinal).ToImmutableArray(),
                StringComparer.Ordinal),
        Revocations = [.. revocations],
    };
}
