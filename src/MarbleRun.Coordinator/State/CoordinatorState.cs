using System.Collections.Immutable;
using MarbleRun.Coordinator.Authority;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// Everything that the Coordinator knows, of one generation: whoever holds a reference sees one consistent mesh and never waits.
/// </summary>
internal sealed record CoordinatorState
{
    /// <summary>Counts commits; 0 was never committed.</summary>
    public required ulong Generation { get; init; }

    public required MeshAuthority Authority { get; init; }

    /// <summary>32 random bytes that the private secrets of Marbles are derived from.</summary>
    public required ReadOnlyMemory<byte> RootSecret { get; init; }

    /// <summary>The root secret before the last rotation; empty while there was none.</summary>
    public ReadOnlyMemory<byte> PreviousRootSecret { get; init; }

    /// <summary>The manifest in force, or null while none is set.</summary>
    public MeshManifest? Manifest { get; init; }

    /// <summary>Shared and user-defined secrets by name; not the shared ones that nobody can see.</summary>
    public ImmutableSortedDictionary<string, StoredSecret> Secrets { get; init; } = ImmutableSortedDictionary.Create<string, StoredSecret>(StringComparer.Ordinal);

    /// <summary>The values before the last full update, of those secrets alone whose value was another one then.</summary>
    public ImmutableSortedDictionary<string, StoredSecret> PreviousSecrets { get; init; } = ImmutableSortedDictionary.Create<string, StoredSecret>(StringComparer.Ordinal);

    /// <summary>How often Marble types with a budget were activated.</summary>
    public ImmutableSortedDictionary<string, ulong> Activations { get; init; } = ImmutableSortedDictionary.Create<string, ulong>(StringComparer.Ordinal);

    public CoordinatorPhase Phase => Manifest is null ? CoordinatorPhase.AcceptingManifest : CoordinatorPhase.AcceptingMarbles;

    public override string ToString() => $"state of generation {Generation}";
}
