using System.Collections.Immutable;

namespace MarbleRun.Coordinator.Templates;

/// <summary>The names of the secrets that a template needs, whether they exist or not.</summary>
/// <param name="Secrets">Named through <c>.Secrets</c>.</param>
/// <param name="PreviousSecrets">Named through <c>.Previous.Secrets</c>.</param>
internal sealed record TemplateReferences(ImmutableSortedSet<string> Secrets, ImmutableSortedSet<string> PreviousSecrets)
{
    public static TemplateReferences None { get; } = new(Names([]), Names([]));

    /// <summary>The template can reach every secret of <c>.Secrets</c>, for instance in a loop.</summary>
    public bool AllSecrets { get; init; }

    /// <summary>The same for <c>.Previous.Secrets</c>.</summary>
    public bool AllPreviousSecrets { get; init; }

    public static ImmutableSortedSet<string> Names(IEnumerable<string> names) => names.ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>The references of several templates together.</summary>
    public static TemplateReferences Union(IEnumerable<TemplateReferences> references)
    {
        List<TemplateReferences> all = [.. references];
        return new TemplateReferences(Names(all.SelectMany(r => r.Secrets)), Names(all.SelectMany(r => r.PreviousSecrets)))
        {
            AllSecrets = all.Any(r => r.AllSecrets),
            AllPreviousSecrets = all.Any(r => r.AllPreviousSecrets),
        };
    }

    /// <summary>The same with names alone: where all secrets can be reached, those of the manifest.</summary>
    public TemplateReferences Within(ImmutableSortedSet<string> defined) =>
        new(AllSecrets ? defined : Secrets, AllPreviousSecrets ? defined : PreviousSecrets);
}
