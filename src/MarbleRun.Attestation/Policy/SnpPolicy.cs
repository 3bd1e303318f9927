using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Policy;

/// <summary>Compares the claims of a report with the machine and the platforms that a package names.</summary>
internal static class SnpPolicy
{
    private const string Source = "MarbleRun manifest, Packages, Snp; AMD #56860, ";
    private const string OtherMachine =
        "The machine is not the one that the package names. Launch the expected image, or update the package's Snp section.";
    private const string OtherPlatform = "Move the machine to a platform that the package accepts, or change the package's Snp section.";
    private const string OldFirmware =
        "The platform's firmware is older than the package allows. Have the host updated, or lower the minimum in the package.";

    private static readonly SnpProperties s_default = new();

    /// <summary>
    /// The checks of a report that a package requires; a package without properties of such machines requires the default checks.
    /// </summary>
    public static ImmutableArray<Check<CheckContext>> Checks { get; } =
    [
        Hex("snp.measurement", "MEASUREMENT", p => p.Measurement, c => c.Measurement),
        Hex("snp.host_data", "HOST_DATA", p => p.HostData, c => c.HostData),
        Hex("snp.family_id", "FAMILY_ID", p => p.FamilyId, c => c.FamilyId),
        Hex("snp.image_id", "IMAGE_ID", p => p.ImageId, c => c.ImageId),
        Make(
            "snp.guest_svn",
            "GUEST_SVN",
            "The machine's image is older than the package allows. Launch a newer one.",
            p => p.MinimumGuestSvn is not null,
            (p, c) => c.GuestSvn >= p.MinimumGuestSvn,
            p => $"{p.MinimumGuestSvn} or higher",
            c => $"{c.GuestSvn}"),
        Hex("snp.id_key_digest", "ID_KEY_DIGEST", p => p.IdKeyDigest, c => c.IdKeyDigest),
        Hex("snp.author_key_digest", "AUTHOR_KEY_DIGEST", p => p.AuthorKeyDigest, c => c.AuthorKeyDigest),
        Make(
            "snp.vmpl",
            "VMPL",
            "Ask for the report from the privilege level that the package names.",
            p => p.Vmpl is not null,
            (p, c) => p.Vmpl == c.Vmpl,
            p => $"VMPL {p.Vmpl}",
            c => $"VMPL {c.Vmpl}"),
        Make(
            "snp.policy.migration_agent",
            "guest policy, bit 18",
            "Launch the machine with a policy that allows no migration agent, or accept it in the package: the agent can read the "
            + "machine's memory.",
            p => !p.AllowMigrationAgent,
            (_, c) => (c.Policy & SnpGuestPolicy.MigrationAgent) == 0,
            _ => "a policy that allows no migration agent",
            c => $"policy {Bits(c.Policy)}"),
        Make(
            "snp.policy.smt",
            "guest policy, bit 16",
            "Launch the machine with a policy that allows no simultaneous multithreading, on a host that has it switched off.",
            p => !p.AllowSmt,
            (_, c) => (c.Policy & SnpGuestPolicy.Smt) == 0,
            _ => "a policy that allows no simultaneous multithreading",
            c => $"policy {Bits(c.Policy)}"),
        Make(
            "snp.policy",
            "guest policy",
            "Launch the machine with the policy that the package names.",
            p => p.PolicyMask != 0,
            (p, c) => ((c.Policy ^ p.Policy) & p.PolicyMask) == 0,
            p => $"a policy of {Bits(p.Policy & p.PolicyMask)} under mask {Bits(p.PolicyMask)}",
            c => $"policy {Bits(c.Policy)}"),
        Make(
            "snp.platform_info",
            "PLATFORM_INFO",
            "Have the host's BIOS configured as the package asks.",
            p => p.RequiredPlatformInfo != 0,
            (p, c) => (c.PlatformInfo & p.RequiredPlatformInfo) == p.RequiredPlatformInfo,
            p => $"the bits {Bits(p.RequiredPlatformInfo)} of the platform info",
            c => Bits(c.PlatformInfo)),
        Tcb("snp.minimum_tcb", "REPORTED_TCB", p => p.MinimumTcb, c => c.ReportedTcbParts),
        Tcb("snp.minimum_launch_tcb", "LAUNCH_TCB", p => p.MinimumLaunchTcb, c => c.LaunchTcbParts),
        Make(
            "snp.committed_firmware",
            "COMMITTED_TCB, SNP_COMMIT",
            "Have the host commit its firmware, so that it can't go back to an older one.",
            p => p.RequireCommittedFirmware,
            (_, c) => c.CurrentTcb == c.CommittedTcb && c.CurrentVersion == c.CommittedVersion,
            _ => "the firmware that runs to be committed",
            c => $"version {c.CurrentVersion} ({c.CurrentTcbParts}) running, version {c.CommittedVersion} ({c.CommittedTcbParts}) "
                + $"committed"),
        Make(
            "snp.signing_key",
            "SIGNING_KEY",
            OtherPlatform,
            p => p.SigningKey is not null,
            (p, c) => p.SigningKey == c.SigningKey,
            p => $"a report signed by a {SnpClaimsJson.Name(p.SigningKey.GetValueOrDefault())}",
            c => $"one signed by a {SnpClaimsJson.Name(c.SigningKey)}"),
        Make(
            "snp.csp_id",
            "VLEK",
            OtherPlatform,
            p => p.CspId is not null,
            (p, c) => p.CspId == c.CspId,
            p => $"a VLEK of {p.CspId}",
            c => c.CspId is null ? "no VLEK" : $"a VLEK of {c.CspId}"),
        Make(
            "snp.product_line",
            "CPUID_FAM_ID, VCEK product name",
            OtherPlatform,
            p => !p.AcceptedProductLines.IsDefaultOrEmpty || !p.DeniedProductLines.IsDefaultOrEmpty,
            (p, c) => c.ProductLine is { } line
                && (p.AcceptedProductLines.IsDefaultOrEmpty || p.AcceptedProductLines.Contains(line))
                && (p.DeniedProductLines.IsDefaultOrEmpty || !p.DeniedProductLines.Contains(line)),
            _ => "a product line that the package accepts",
            c => $"{c.ProductLine}"),
        Make(
            "snp.chip_id",
            "CHIP_ID",
            OtherPlatform,
            p => !p.AcceptedChipIds.IsDefaultOrEmpty || !p.DeniedChipIds.IsDefaultOrEmpty,
            (p, c) => c.ChipId.AsSpan().ContainsAnyExcept('0')
                && (p.AcceptedChipIds.IsDefaultOrEmpty || p.AcceptedChipIds.Any(id => IsChip(id, c)))
                && (p.DeniedChipIds.IsDefaultOrEmpty || !p.DeniedChipIds.Any(id => IsChip(id, c))),
            _ => "a chip that the package accepts",
            c => c.ChipId.AsSpan().ContainsAnyExcept('0') ? c.ChipId : "a report that names no chip"),
    ];

    private static Check<CheckContext> Make(
        string code,
        string field,
        string remedy,
        Predicate<SnpProperties> asks,
        Func<SnpProperties, SnpClaims, bool> isGood,
        Func<SnpProperties, string> expected,
        Func<SnpClaims, string> found)
    {
        return new(new CheckRule(code, Source + field, remedy), c => Find(Properties(c), c.Said.Snp!)) { When = c => asks(Properties(c)) };

        static SnpProperties Properties(CheckContext context) => context.Package.Snp ?? s_default;

        CheckFailure? Find(SnpProperties properties, SnpClaims claims) =>
            isGood(properties, claims) ? null : CheckFailure.Policy(expected(properties), found(claims));
    }

    private static Check<CheckContext> Hex(
        string code, string field, Func<SnpProperties, string?> expected, Func<SnpClaims, string> found) => Make(
        code,
        field,
        OtherMachine,
        p => !string.IsNullOrEmpty(expected(p)),
        (p, c) => string.Equals(expected(p), found(c), StringComparison.OrdinalIgnoreCase),
        p => expected(p) ?? string.Empty,
        found);

    private static Check<CheckContext> Tcb(
        string code, string field, Func<SnpProperties, SnpTcb?> minimum, Func<SnpClaims, SnpTcb?> found) => Make(
        code,
        field,
        OldFirmware,
        p => minimum(p) is not null,
        (p, c) => found(c) is { } tcb && tcb.IsAtLeast(minimum(p)!),
        p => $"at least {minimum(p)}",
        c => found(c)?.ToString() ?? "no TCB");

    // The chip id of Turin can be written without the zeros at its end.
    private static bool IsChip(string id, SnpClaims claims)
    {
        int length = claims.ProductLine == SnpProductLine.Turin && id.Length == 16 ? id.Length : claims.ChipId.Length;
        return claims.ChipId.AsSpan(0, length).Equals(id, StringComparison.OrdinalIgnoreCase);
    }

    private static string Bits(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
}
