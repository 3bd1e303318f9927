using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation;

/// <summary>Compares the machine behind a quote with the machines that code may run on.</summary>
internal static class PlatformPolicy
{
    public static CheckRule Lists { get; } = new(
        "platform.lists",
        "MarbleRun manifest, Packages, Platforms",
        "The code runs on a machine that is not allowed. Move it, or correct the list.");

    public static CheckRule Infrastructure { get; } = new(
        "platform.infrastructure",
        "MarbleRun manifest, Infrastructures",
        "The machine fits none of the infrastructures. Update the machine, or add an infrastructure that it fits.");

    /// <summary>The checks that are asked for, in order.</summary>
    public static IEnumerable<CheckRule> Plan(QuoteExpectation expectation)
    {
        if (expectation.Package.Platforms is not null)
        {
            yield return Lists;
        }

        if (!expectation.Infrastructures.IsDefaultOrEmpty)
        {
            yield return Infrastructure;
        }
    }

    /// <summary>Makes one check of <see cref="Plan"/>; null if it passed.</summary>
    public static CheckFailure? Check(CheckRule rule, QuoteExpectation expectation, DcapPlatform platform) =>
        rule == Lists ? CheckLists(expectation.Package.Platforms!, platform) : CheckInfrastructures(expectation.Infrastructures, requirement => Unmet(requirement, platform));

    /// <summary>The same for a machine of SEV-SNP, which has none of the ids and SVNs of Intel's platforms.</summary>
    public static CheckFailure? CheckSnp(CheckRule rule, QuoteExpectation expectation, ReadOnlySpan<byte> root)
    {
        if (rule == Lists)
        {
            // With a section of its own, the package says there which chips and product lines are good; without one, only the lists say it.
            return expectation.Package is { Snp: null, Platforms.NamesAllowed: true }
                ? CheckFailure.Policy("one of the machines that are allowed", "a machine of AMD SEV-SNP, which has neither FMSPC nor PPID")
                : null;
        }

        string rootHash = Convert.ToHexStringLower(SHA256.HashData(root));
        return CheckInfrastructures(expectation.Infrastructures, requirement => UnmetBySnp(requirement, rootHash));
    }

    private static CheckFailure? CheckLists(PlatformLists lists, DcapPlatform platform)
    {
        string[] ids = platform.PlatformInstanceIdHash is { } instance ? [platform.PpidHash, instance] : [platform.PpidHash];
        if (HoldsAny(lists.DeniedFmspcs, platform.Fmspc))
        {
            return CheckFailure.Policy("a family that is not denied", $"FMSPC {platform.Fmspc}");
        }

        if (HoldsAny(lists.DeniedPlatforms, ids))
        {
            return CheckFailure.Policy("a machine that is not denied", string.Join(" and ", ids));
        }

        if (!lists.AllowedFmspcs.IsDefaultOrEmpty && !HoldsAny(lists.AllowedFmspcs, platform.Fmspc))
        {
            return CheckFailure.Policy($"one of the families [{string.Join(", ", lists.AllowedFmspcs)}]", $"FMSPC {platform.Fmspc}");
        }

        return lists.AllowedPlatforms.IsDefaultOrEmpty || HoldsAny(lists.AllowedPlatforms, ids)
            ? null
            : CheckFailure.Policy("one of the machines that are allowed", string.Join(" and ", ids));
    }

    // Any one is enough; if none fits, the reason of each is kept.
    private static CheckFailure? CheckInfrastructures(ImmutableArray<PlatformRequirement> requirements, Func<PlatformRequirement, string?> unmet)
    {
        List<string> reasons = [];
        foreach (PlatformRequirement requirement in requirements)
        {
            if (unmet(requirement) is not { } reason)
            {
                return null;
            }

            reasons.Add($"{requirement.Name}: {reason}");
        }

        return CheckFailure.Policy($"one of the infrastructures [{string.Join(", ", requirements.Select(r => r.Name))}]", string.Join("; ", reasons));
    }

    private static string? Unmet(PlatformRequirement requirement, DcapPlatform platform)
    {
        if (!requirement.MinimumCpuSvn.IsEmpty && !TcbComparison.IsAtLeast(platform.TcbComponents.AsSpan(), requirement.MinimumCpuSvn.Span))
        {
            return $"CPUSVN {Convert.ToHexStringLower(platform.TcbComponents.AsSpan())} is not {Convert.ToHexStringLower(requirement.MinimumCpuSvn.Span)} "
                + "or higher in every component";
        }

        if (platform.QeSvn < requirement.MinimumQeSvn)
        {
            return $"QESVN {platform.QeSvn} is below {requirement.MinimumQeSvn}";
        }

        if (platform.PceSvn < requirement.MinimumPceSvn)
        {
            return $"PCESVN {platform.PceSvn} is below {requirement.MinimumPceSvn}";
        }

        return UnmetRoot(requirement, platform.RootCaHash);
    }

    private static string? UnmetBySnp(PlatformRequirement requirement, string rootHash) =>
        !requirement.MinimumCpuSvn.IsEmpty || requirement.MinimumQeSvn is not null || requirement.MinimumPceSvn is not null
            ? "CPUSVN, QESVN and PCESVN are of Intel's platforms, and this is a machine of AMD SEV-SNP"
            : UnmetRoot(requirement, rootHash);

    private static string? UnmetRoot(PlatformRequirement requirement, string rootHash) =>
        requirement.RootCa.IsEmpty || string.Equals(RootHash(requirement.RootCa.Span), rootHash, StringComparison.Ordinal)
            ? null
            : $"the root {rootHash} is another";

    private static string RootHash(ReadOnlySpan<byte> root) =>
        Convert.ToHexStringLower(root.Length == SHA256.HashSizeInBytes ? root : SHA256.HashData(root));

    private static bool HoldsAny(ImmutableArray<string> list, params string[] values) =>
        !list.IsDefaultOrEmpty && values.Any(v => list.Contains(v, StringComparer.OrdinalIgnoreCase));
}
