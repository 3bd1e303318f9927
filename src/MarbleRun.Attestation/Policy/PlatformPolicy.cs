using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Policy;

/// <summary>Compares the machine behind a quote with the machines that code may run on.</summary>
internal static class PlatformPolicy
{
    private static readonly CheckRule s_lists = new(
        "platform.lists",
        "MarbleRun manifest, Packages, Platforms",
        "The code runs on a machine that is not allowed. Move it, or correct the list.");

    private static readonly CheckRule s_infrastructure = new(
        "platform.infrastructure",
        "MarbleRun manifest, Infrastructures",
        "The machine matches none of the infrastructures. Update the machine, or add an infrastructure that it matches.");

    /// <summary>The required checks of a machine of Intel.</summary>
    public static ImmutableArray<Check<CheckContext>> OfDcap { get; } = Make<CheckContext>(
        c => CheckLists(c.Package.Platforms!, c.Said.Platform!),
        c => CheckInfrastructures(c.Expectation.Infrastructures, requirement => Unmet(requirement, c.Said.Platform!)));

    /// <summary>The same for a machine of SEV-SNP, which has none of the ids and SVNs of Intel's platforms.</summary>
    /// <param name="root">The root of the machine's certificates, DER.</param>
    public static ImmutableArray<Check<T>> OfSnp<T>(Func<T, ReadOnlyMemory<byte>> root)
        where T : CheckContext => Make<T>(
        c => CheckLists(c.Package),
        c =>
        {
            string rootHash = Convert.ToHexStringLower(SHA256.HashData(root(c).Span));
            return CheckInfrastructures(c.Expectation.Infrastructures, requirement => UnmetBySnp(requirement, rootHash));
        });

    private static ImmutableArray<Check<T>> Make<T>(Func<T, CheckFailure?> lists, Func<T, CheckFailure?> infrastructures)
        where T : CheckContext =>
    [
        new(s_lists, lists) { When = c => c.Package.Platforms is not null },
        new(s_infrastructure, infrastructures) { When = c => !c.Expectation.Infrastructures.IsDefaultOrEmpty },
    ];

    // A package with the section Snp names the accepted chips and product lines of AMD there; without it, only the lists apply.
    private static CheckFailure? CheckLists(PackageProperties package) =>
        package is { Snp: null, Platforms.NamesAllowed: true }
            ? CheckFailure.Policy("one of the machines that are allowed", "a machine of AMD SEV-SNP, which has neither FMSPC nor PPID")
            : null;

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

    // One match is sufficient; if none matches, the reason of each is reported.
    private static CheckFailure? CheckInfrastructures(
        ImmutableArray<PlatformRequirement> requirements, Func<PlatformRequirement, string?> unmet)
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

        return CheckFailure.Policy(
            $"one of the infrastructures [{string.Join(", ", requirements.Select(r => r.Name))}]", string.Join("; ", reasons));
    }

    private static string? Unmet(PlatformRequirement requirement, DcapPlatform platform)
    {
        if (!requirement.MinimumCpuSvn.IsEmpty && !TcbComparison.IsAtLeast(platform.TcbComponents.AsSpan(), requirement.MinimumCpuSvn.Span))
        {
            return $"CPUSVN {Convert.ToHexStringLower(platform.TcbComponents.AsSpan())} is not "
                + $"{Convert.ToHexStringLower(requirement.MinimumCpuSvn.Span)} "
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
