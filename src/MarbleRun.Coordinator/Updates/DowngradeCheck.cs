using MarbleRun.Attestation;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Updates;

/// <summary>
/// Finds security versions that a full update would lower below what is in force, package updates included: old code with known faults
/// would be let in again.
/// </summary>
internal static class DowngradeCheck
{
    /// <summary>One sentence for each package.</summary>
    public static IEnumerable<string> Find(CoordinatorState state, Manifest next)
    {
        foreach ((string name, PackageProperties package) in next.Packages)
        {
            // A package that is pinned by its measurement needs no version.
            if (state.FindPackage(name)?.SecurityVersion is { } inForce
                && string.IsNullOrEmpty(package.UniqueId)
                && !(package.SecurityVersion >= inForce))
            {
                string asked = package.SecurityVersion is { } version ? $"SecurityVersion {version}" : "no SecurityVersion";
                yield return $"package {name} has {asked}, but {inForce} is in force";
            }
        }
    }

    /// <exception cref="ManifestRefusedException">The update lowers one.</exception>
    public static void Require(CoordinatorState state, Manifest next)
    {
        if (Find(state, next).FirstOrDefault() is { } downgrade)
        {
            throw new ManifestRefusedException(
                $"invalid manifest: {downgrade}; an update must not lower it. To do it nevertheless, send the request with the query "
                + $"parameter allowDowngrade=true");
        }
    }
}
