using System.Collections.Immutable;

namespace MarbleRun.Manifests.Templates;

/// <summary>The names of the secrets that templates need, whether they exist or not.</summary>
internal sealed class TemplateReferences
{
    /// <summary>Most templates name no secret of one kind; they share this instance.</summary>
    private static readonly ImmutableSortedSet<string> s_noNames = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    internal TemplateReferences(ImmutableSortedSet<string> secrets, ImmutableSortedSet<string> previousSecrets)
    {
        Secrets = secrets;
        PreviousSecrets = previousSecrets;
    }

    /// <summary>Named through <c>.Secrets</c>.</summary>
    public ImmutableSortedSet<string> Secrets { get; }

    /// <summary>Named through <c>.Previous.Secrets</c>.</summary>
    public ImmutableSortedSet<string> PreviousSecrets { get; }

    /// <summary>No secrets.</summary>
    internal static TemplateReferences None { get; } = new(s_noNames, s_noNames);

    /// <summary>Whether the template can reach every secret of <c>.Secrets</c>, for instance in a loop.</summary>
    internal bool AllSecrets { get; init; }

    /// <summary>Whether the template can reach every secret of <c>.Previous.Secrets</c>.</summary>
    internal bool AllPreviousSecrets { get; init; }

    /// <summary>Whether the template can reach <c>.MarbleRun.MarbleCert</c>, the identity of the Marble.</summary>
    internal bool Identity { get; init; }

    /// <summary>Creates a set of names as templates compare them: by their characters, case-sensitive.</summary>
    /// <param name="names">The names.</param>
    public static ImmutableSortedSet<string> Names(IEnumerable<string> names) =>
        names.TryGetNonEnumeratedCount(out int count) && count == 0 ? s_noNames : names.ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>Combines the references of several templates.</summary>
    internal static TemplateReferences Union(IEnumerable<TemplateReferences> references)
    {
        List<TemplateReferences> all = [.. references];
        return new TemplateReferences(Union(all.Select(r => r.Secrets)), Union(all.Select(r => r.PreviousSecrets)))
        {
            AllSecrets = all.Any(r => r.AllSecrets),
            AllPreviousSecrets = all.Any(r => r.AllPreviousSecrets),
            Identity = all.Any(r => r.Identity),
        };
    }

    /// <summary>
    /// Many templates may share the set of all secrets, which is read once; and if only one template names any, its set is kept.
    /// </summary>
    private static ImmutableSortedSet<string> Union(IEnumerable<ImmutableSortedSet<string>> sets)
    {
        var distinct = new HashSet<ImmutableSortedSet<string>>(sets.Where(set => !set.IsEmpty), ReferenceEqualityComparer.Instance);
        return distinct.Count == 1 ? distinct.Single() : Names([.. distinct.SelectMany(set => set)]);
    }

    /// <summary>Returns the references as names only: where all secrets can be reached, the names in the manifest.</summary>
    internal TemplateReferences Within(ImmutableSortedSet<string> defined) =>
        new(AllSecrets ? defined : Secrets, AllPreviousSecrets ? defined : PreviousSecrets) { Identity = Identity };
}
