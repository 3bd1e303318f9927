using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>Maps of a manifest: keys are compared by ordinal, never by culture.</summary>
internal static class Maps
{
    public static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
