using System.Collections.Immutable;

namespace MarbleRun.Coordinator.Templates;

/// <summary>The names of the secrets that a template needs, whether they exist or not.</summary>
/// <param name="Secrets">Named through <c>.Secrets</c>.</param>
/// <param name="PreviousSecrets">Named through <c>.Previous.Secrets</c>.</param>
internal sealed record TemplateReferences(ImmutableSortedSet<string> Secrets, ImmutableSortedSet<string> PreviousSecrets)
{
    public static TemplateReferences None { get; } = new(Names([]), Names([]));

    public static ImmutableSortedSet<string> Names(IEnumerable<string> names) => names.ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>The names of both.</summary>
    public TemplateReferences Union(TemplateReferences other) => new(Secrets.Union(other.Secrets), PreviousSecrets.Union(other.PreviousSecrets));
}
