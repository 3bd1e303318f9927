using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Updates;

/// <summary>Compares two states' manifests entry by entry, packages as they are in force.</summary>
internal static class ManifestChanges
{
    public static ImmutableArray<ManifestChange> Find(CoordinatorState before, CoordinatorState after)
    {
        Manifest old = before.Manifest!.Manifest;
        Manifest next = after.Manifest!.Manifest;
        return
        [
            .. Compare("Packages", InForce(before), InForce(after), DescribePackage),
            .. Compare("Infrastructures", old.Infrastructures, next.Infrastructures),
            .. Compare("Marbles", old.Marbles, next.Marbles),
            .. Compare("Secrets", old.Secrets, next.Secrets),
            .. Compare("Users", old.Users, next.Users),
            .. Compare("Roles", old.Roles, next.Roles),
            .. Compare("RecoveryKeys", old.RecoveryKeys, next.RecoveryKeys),
            .. Compare("TLS", old.Tls, next.Tls),
            .. CompareCoordinators(old.Coordinators, next.Coordinators),
            .. CompareConfig(old.Config, next.Config),
        ];
    }

    private static ImmutableSortedDictionary<string, PackageProperties> InForce(CoordinatorState state) =>
        state.Manifest!.Manifest.Packages.Keys.ToImmutableSortedDictionary(
            name => name, name => state.FindPackage(name)!, StringComparer.Ordinal);

    private static IEnumerable<ManifestChange> Compare<T>(
        string section,
        ImmutableSortedDictionary<string, T> before,
        ImmutableSortedDictionary<string, T> after,
        Func<T, T, string?>? describe = null)
        where T : notnull
    {
        foreach (string name in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            if (!after.TryGetValue(name, out T? next))
            {
                yield return new ManifestChange(section, name, "removed");
            }
            else if (!before.TryGetValue(name, out T? old))
            {
                yield return new ManifestChange(section, name, "added");
            }
            else if (!old.Equals(next))
            {
                yield return new ManifestChange(section, name, "changed", describe?.Invoke(old, next));
            }
        }
    }

    private static string? DescribePackage(PackageProperties before, PackageProperties after) =>
        before.SecurityVersion != after.SecurityVersion
            ? $"SecurityVersion {before.SecurityVersion?.ToString(CultureInfo.InvariantCulture) ?? "none"} becomes "
            + $"{after.SecurityVersion?.ToString(CultureInfo.InvariantCulture) ?? "none"}"
            : null;

    /// <summary>What an entry means: it is not about a Marble, but about who gets the keys of the mesh.</summary>
    private static IEnumerable<ManifestChange> CompareCoordinators(
        ImmutableSortedDictionary<string, PackageProperties> before, ImmutableSortedDictionary<string, PackageProperties> after) =>
        Compare("Coordinators", before, after).Select(change => change with
        {
            Detail = after.TryGetValue(change.Name, out PackageProperties? code)
                ? $"running Marbles accept this code as their Coordinator: {Describe(code)}"
                : "running Marbles no longer accept this code as their Coordinator, unless their own trust names it: "
                + Describe(before[change.Name]),
        });

    private static string Describe(PackageProperties code)
    {
        (string Name, string? Value)[] members =
        [
            ("UniqueID", code.UniqueId),
            ("SignerID", code.SignerId),
            ("ProductID", code.ProductId?.ToString(CultureInfo.InvariantCulture)),
            ("SecurityVersion", code.SecurityVersion?.ToString(CultureInfo.InvariantCulture)),
            ("Tdx.MRTD", code.Tdx?.MrTd),
            ("Snp.Measurement", code.Snp?.Measurement),
            ("Snp.IDKeyDigest", code.Snp?.IdKeyDigest),
            ("Snp.AuthorKeyDigest", code.Snp?.AuthorKeyDigest),
        ];
        return string.Join(", ", members.Where(m => !string.IsNullOrEmpty(m.Value)).Select(m => $"{m.Name} {m.Value}"));
    }

    private static IEnumerable<ManifestChange> CompareConfig(ManifestConfig before, ManifestConfig after)
    {
        (string Name, string Before, string After)[] members =
        [
            ("SealMode", before.SealMode, after.SealMode),
            ("FeatureGates", string.Join(", ", before.FeatureGates), string.Join(", ", after.FeatureGates)),
            ("UpdateThreshold", before.UpdateThreshold.ToString(CultureInfo.InvariantCulture),
                after.UpdateThreshold.ToString(CultureInfo.InvariantCulture)),
            ("RecoveryThreshold", before.RecoveryThreshold.ToString(CultureInfo.InvariantCulture),
                after.RecoveryThreshold.ToString(CultureInfo.InvariantCulture)),
            ("RevocationThreshold", before.RevocationThreshold.ToString(CultureInfo.InvariantCulture),
                after.RevocationThreshold.ToString(CultureInfo.InvariantCulture)),
            ("RotateRootSecret", before.RotateRootSecret.ToString(), after.RotateRootSecret.ToString()),
            ("TrustOverlap", before.TrustOverlap, after.TrustOverlap),
            ("TrustDomain", before.TrustDomain, after.TrustDomain),
        ];
        return members
            .Where(m => m.Before != m.After)
            .Select(m => new ManifestChange("Config", m.Name, "changed", $"\"{m.Before}\" becomes \"{m.After}\""));
    }
}

/// <summary>One entry that an update adds, removes or changes.</summary>
/// <param name="Section">The section of the manifest.</param>
/// <param name="Name">The entry.</param>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Detail">What changes, where one text says it; or null.</param>
internal sealed record ManifestChange(string Section, string Name, string Change, string? Detail = null);
