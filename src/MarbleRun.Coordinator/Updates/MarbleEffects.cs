using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Updates;

/// <summary>
/// What an update means for Marbles that run. All must activate again, since their certificates are of the intermediate before; some for
/// more reasons.
/// </summary>
internal static class MarbleEffects
{
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> Find(CoordinatorState before, CoordinatorState after) =>
        before.Manifest!.Manifest.Marbles.ToImmutableSortedDictionary(
            m => m.Key, m => Reasons(before, after, m.Key, m.Value).ToImmutableArray(), StringComparer.Ordinal);

    private static IEnumerable<string> Reasons(CoordinatorState before, CoordinatorState after, string marbleType, MarbleDefinition old)
    {
        if (!after.Manifest!.Manifest.Marbles.TryGetValue(marbleType, out MarbleDefinition? next))
        {
            yield return "the type is removed: no Marble of it can activate any more";
            yield break;
        }

        yield return after.RetiredAuthorities.IsEmpty
            ? "the certificate is of the intermediate before the update, and Marbles that activate after it do not accept it"
            : "the certificate is of the intermediate before the update, which is accepted for "
                + $"{after.Manifest.Manifest.Config.TrustOverlap}: Marbles that renew do it at once, others must activate again before";
        PackageProperties? package = after.FindPackage(next.Package);
        if (before.FindPackage(old.Package) is { } oldPackage && !oldPackage.Equals(package))
        {
            yield return $"package {next.Package} changes: only code that fits it activates";
        }

        if (!old.Equals(next))
        {
            yield return "its definition changes";
        }

        if (ChangedSecrets(before, after, marbleType).ToArray() is { Length: > 0 } secrets)
        {
            yield return $"secrets that it uses change: {string.Join(", ", secrets)}";
        }
    }

    private static IEnumerable<string> ChangedSecrets(CoordinatorState before, CoordinatorState after, string marbleType)
    {
        bool rotates = !before.RootSecret.Span.SequenceEqual(after.RootSecret.Span);
        foreach (string name in after.Manifest!.Plans[marbleType].Secrets)
        {
            if (!after.Manifest.Manifest.Secrets.TryGetValue(name, out SecretDefinition? definition))
            {
                continue;
            }

            bool isKept = definition.Shared || definition.UserDefined;
            if (isKept ? !ReferenceEquals(before.Secrets.GetValueOrDefault(name), after.Secrets.GetValueOrDefault(name))
                : rotates && definition.Type == SecretTypes.SymmetricKey)
            {
                yield return name;
            }
        }
    }
}
