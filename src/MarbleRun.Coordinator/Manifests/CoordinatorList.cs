using System.Collections.Immutable;
using MarbleRun.Attestation;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Compares the code that two manifests let have the keys of the deployment.</summary>
internal static class CoordinatorList
{
    /// <summary>
    /// Whether an entry of the old manifest has none in the new one that accepts all of its code and machines: what it accepted may not
    /// open later states. It is also true for entries that accept the same in other words.
    /// </summary>
    public static bool AreFewer(
        ImmutableSortedDictionary<string, PackageProperties> old, ImmutableSortedDictionary<string, PackageProperties> next) =>
        old.Values.Any(before => !next.Values.Any(after => Covers(after, before)));

    private static bool Covers(PackageProperties wide, PackageProperties narrow) =>
        wide with { Platforms = null } == narrow with { Platforms = null } && Covers(wide.Platforms, narrow.Platforms);

    private static bool Covers(PlatformLists? wide, PlatformLists? narrow)
    {
        if (wide is null || wide == narrow)
        {
            return true;
        }

        // Only more machines are recognised as wider.
        return narrow is { AllowedPlatforms.IsEmpty: false }
            && wide with { AllowedPlatforms = narrow.AllowedPlatforms } == narrow
            && (wide.AllowedPlatforms.IsEmpty
                || !narrow.AllowedPlatforms.Except(wide.AllowedPlatforms, StringComparer.OrdinalIgnoreCase).Any());
    }
}
