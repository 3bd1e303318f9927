using System.Collections.Immutable;
using MarbleRun.Attestation.Claims;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation;

/// <summary>
/// Names the confidential virtual machine of AMD SEV-SNP that may run, and the accepted platforms:
/// <see cref="PackageProperties.Snp"/>. A member that is not set is not checked, except <see cref="AllowMigrationAgent"/>. Byte strings are
/// hex, compared without regard to case. Names are those of AMD #56860, ATTESTATION_REPORT.
/// </summary>
public sealed record SnpProperties
{
    /// <summary>MEASUREMENT: the machine's memory at launch, 48 bytes.</summary>
    public string? Measurement { get; init; }

    /// <summary>HOST_DATA: the data that the host set at launch, 32 bytes.</summary>
    public string? HostData { get; init; }

    /// <summary>FAMILY_ID of the id block, 16 bytes.</summary>
    public string? FamilyId { get; init; }

    /// <summary>IMAGE_ID of the id block, 16 bytes.</summary>
    public string? ImageId { get; init; }

    /// <summary>The lowest GUEST_SVN of the id block that is accepted.</summary>
    public uint? MinimumGuestSvn { get; init; }

    /// <summary>ID_KEY_DIGEST: SHA-384 of the key that signed the id block, 48 bytes.</summary>
    public string? IdKeyDigest { get; init; }

    /// <summary>AUTHOR_KEY_DIGEST: SHA-384 of the key that signed the id key, 48 bytes.</summary>
    public string? AuthorKeyDigest { get; init; }

    /// <summary>VMPL: the privilege level that asked for the report, 0 (highest) to 3; must be equal.</summary>
    public uint? Vmpl { get; init; }

    /// <summary>The bits of POLICY that must be as in <see cref="Policy"/>.</summary>
    public ulong PolicyMask { get; init; }

    /// <summary>The value of the bits of POLICY that <see cref="PolicyMask"/> names; other bits are ignored.</summary>
    public ulong Policy { get; init; }

    /// <summary>
    /// Whether the machine's policy may allow a migration agent, which sees the machine's memory (POLICY, bit 18). False refuses it.
    /// </summary>
    public bool AllowMigrationAgent { get; init; }

    /// <summary>Whether the machine's policy may allow simultaneous multithreading (POLICY, bit 16). False refuses it.</summary>
    public bool AllowSmt { get; init; } = true;

    /// <summary>
    /// The bits of PLATFORM_INFO that must be set, for instance 0x20: memory was found free of aliases (ALIAS_CHECK_COMPLETE).
    /// </summary>
    public ulong RequiredPlatformInfo { get; init; }

    /// <summary>The lowest REPORTED_TCB that is accepted, part by part.</summary>
    public SnpTcb? MinimumTcb { get; init; }

    /// <summary>The lowest LAUNCH_TCB that is accepted, part by part.</summary>
    public SnpTcb? MinimumLaunchTcb { get; init; }

    /// <summary>
    /// Whether the firmware that runs must be the one that is committed, so that the host can't go back to an older one (CURRENT =
    /// COMMITTED).
    /// </summary>
    public bool RequireCommittedFirmware { get; init; }

    /// <summary>The kind of key that must have signed the report.</summary>
    public SnpSigningKey? SigningKey { get; init; }

    /// <summary>
    /// The cloud provider in the VLEK certificate (its CSP id, for instance <c>CN=cc-us-east-2.amazonaws.com</c>), must be equal.
    /// </summary>
    public string? CspId { get; init; }

    /// <summary>
    /// The chips that are accepted: CHIP_ID, 64 bytes, or the first 8 for Turin. Empty accepts all. A report without a chip id is then
    /// refused.
    /// </summary>
    public ImmutableArray<string> AcceptedChipIds { get; init; } = [];

    /// <summary>
    /// The chips that are refused, as <see cref="AcceptedChipIds"/>. If the list is not empty, a report without a chip id is also refused.
    /// </summary>
    public ImmutableArray<string> DeniedChipIds { get; init; } = [];

    /// <summary>The product lines that are accepted. Empty accepts all that have a trusted root.</summary>
    public ImmutableArray<SnpProductLine> AcceptedProductLines { get; init; } = [];

    /// <summary>The product lines that are refused.</summary>
    public ImmutableArray<SnpProductLine> DeniedProductLines { get; init; } = [];

    /// <summary>
    /// Whether the properties identify the owner and version of the machine: by its memory at launch, or by the key of its id block, with
    /// image and version.
    /// </summary>
    public bool PinsCode =>
        !string.IsNullOrEmpty(Measurement)
        || ((!string.IsNullOrEmpty(IdKeyDigest) || !string.IsNullOrEmpty(AuthorKeyDigest))
            && !string.IsNullOrEmpty(ImageId)
            && MinimumGuestSvn is not null);

    /// <summary>Compares all members; the lists without regard to order.</summary>
    /// <param name="other">The other properties.</param>
    public bool Equals(SnpProperties? other) =>
        other is not null
        && HexText.Same(Measurement, other.Measurement)
        && HexText.Same(HostData, other.HostData)
        && HexText.Same(FamilyId, other.FamilyId)
        && HexText.Same(ImageId, other.ImageId)
        && HexText.Same(IdKeyDigest, other.IdKeyDigest)
        && HexText.Same(AuthorKeyDigest, other.AuthorKeyDigest)
        && (Vmpl, MinimumGuestSvn, RequiredPlatformInfo) == (other.Vmpl, other.MinimumGuestSvn, other.RequiredPlatformInfo)
        && (PolicyMask, Policy) == (other.PolicyMask, other.Policy)
        && (AllowMigrationAgent, AllowSmt, RequireCommittedFirmware) == (
            other.AllowMigrationAgent, other.AllowSmt, other.RequireCommittedFirmware)
        && (MinimumTcb, MinimumLaunchTcb, SigningKey, CspId) == (other.MinimumTcb, other.MinimumLaunchTcb, other.SigningKey, other.CspId)
        && HexText.SameItems(AcceptedChipIds, other.AcceptedChipIds)
        && HexText.SameItems(DeniedChipIds, other.DeniedChipIds)
        && SameLines(AcceptedProductLines, other.AcceptedProductLines)
        && SameLines(DeniedProductLines, other.DeniedProductLines);

    /// <inheritdoc />
    public override int GetHashCode() =>
        HashCode.Combine(
            StringComparer.OrdinalIgnoreCase.GetHashCode(Measurement ?? string.Empty),
            StringComparer.OrdinalIgnoreCase.GetHashCode(HostData ?? string.Empty),
            Vmpl,
            Policy,
            PolicyMask,
            MinimumTcb,
            SigningKey,
            CspId);

    private static bool SameLines(ImmutableArray<SnpProductLine> left, ImmutableArray<SnpProductLine> right) =>
        Items(left).Order().SequenceEqual(Items(right).Order(), EqualityComparer<SnpProductLine>.Default);

    // A list that was set to default counts as empty.
    private static ImmutableArray<T> Items<T>(ImmutableArray<T> list) => list.IsDefault ? [] : list;
}
