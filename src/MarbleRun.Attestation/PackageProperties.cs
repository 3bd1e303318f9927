using System.Collections.Immutable;

namespace MarbleRun.Attestation;

/// <summary>
/// Names the code that may run and the accepted states of the platform: an entry of the manifest's <c>Packages</c>.
/// A member that is not set is not checked, except <see cref="Debug"/>, which must always be equal.
/// </summary>
public sealed record PackageProperties
{
    /// <summary>Whether the enclave must be a debug enclave. False refuses debug enclaves, true refuses production enclaves.</summary>
    public bool Debug { get; init; }

    /// <summary>The measurement of the code (SGX: MRENCLAVE), 32 bytes as hex, compared without regard to case.</summary>
    public string? UniqueId { get; init; }

    /// <summary>The measurement of the code's signer (SGX: MRSIGNER), 32 bytes as hex, compared without regard to case.</summary>
    public string? SignerId { get; init; }

    /// <summary>The product number that the signer gave (SGX: ISVPRODID), must be equal. 0 is a value, not absence.</summary>
    public ulong? ProductId { get; init; }

    /// <summary>The lowest security version that is accepted (SGX: ISVSVN). 0 is a value, not absence.</summary>
    public ulong? SecurityVersion { get; init; }

    /// <summary>
    /// The confidential virtual machine of AMD SEV-SNP that may run; null if this package names none. A package that names SGX code and
    /// such a machine accepts both, each according to its own properties; a package that names neither accepts any.
    /// </summary>
    public SnpProperties? Snp { get; init; }

    /// <summary>
    /// The names of the TCB states that are accepted besides UpToDate, as Intel writes them (case matters).
    /// Empty means SWHardeningNeeded; a list that is not empty replaces that default.
    /// </summary>
    public ImmutableArray<string> AcceptedTcbStatuses { get; init; } = [];

    /// <summary>
    /// Advisories (<c>INTEL-SA-…</c>) that are accepted when the status is SWHardeningNeeded, without regard to case. Empty accepts all.
    /// </summary>
    public ImmutableArray<string> AcceptedAdvisories { get; init; } = [];

    /// <summary>
    /// The TD that may run; null if this package names none. A package that names SGX code and a TD accepts both, each according to its own
    /// properties; a package that names neither accepts any.
    /// </summary>
    public TdxProperties? Tdx { get; init; }

    /// <summary>The machines that may and may not run the code; null for any.</summary>
    public PlatformLists? Platforms { get; init; }

    /// <summary>Whether SGX code is named: by its measurement, its signer, or the signer's numbers.</summary>
    public bool NamesSgx =>
        !string.IsNullOrEmpty(UniqueId) || !string.IsNullOrEmpty(SignerId) || ProductId is not null || SecurityVersion is not null;

    /// <summary>Whether the SGX code is pinned: by its measurement, or by signer, product and version.</summary>
    internal bool PinsSgx =>
        !string.IsNullOrEmpty(UniqueId) || (!string.IsNullOrEmpty(SignerId) && ProductId is not null && SecurityVersion is not null);

    /// <summary>
    /// Whether at least one kind of code is named, and each named kind is pinned. Otherwise code of any signer could pass.
    /// </summary>
    public bool PinsCode =>
        (NamesSgx || Tdx is not null || Snp is not null)
        && (!NamesSgx || PinsSgx)
        && Tdx is null or { PinsCode: true }
        && Snp is null or { PinsCode: true };

    /// <summary>Compares all members; the two lists without regard to order.</summary>
    /// <param name="other">The other package.</param>
    public bool Equals(PackageProperties? other) =>
        other is not null
        && Debug == other.Debug
        && string.Equals(UniqueId, other.UniqueId, StringComparison.OrdinalIgnoreCase)
        && string.Equals(SignerId, other.SignerId, StringComparison.OrdinalIgnoreCase)
        && ProductId == other.ProductId
        && SecurityVersion == other.SecurityVersion
        && Tdx == other.Tdx
        && SameItems(AcceptedTcbStatuses, other.AcceptedTcbStatuses)
        && SameItems(AcceptedAdvisories, other.AcceptedAdvisories)
        && Snp == other.Snp
        && Platforms == other.Platforms;

    /// <inheritdoc />
    public override int GetHashCode() =>
        HashCode.Combine(
            Debug,
            StringComparer.OrdinalIgnoreCase.GetHashCode(UniqueId ?? string.Empty),
            StringComparer.OrdinalIgnoreCase.GetHashCode(SignerId ?? string.Empty),
            ProductId,
            SecurityVersion,
            HashCode.Combine(Tdx, Snp, Platforms),
            Items(AcceptedTcbStatuses).Length,
            Items(AcceptedAdvisories).Length);

    private static bool SameItems(ImmutableArray<string> left, ImmutableArray<string> right) =>
        Items(left).Order(StringComparer.Ordinal).SequenceEqual(Items(right).Order(StringComparer.Ordinal), StringComparer.Ordinal);

    // A list that was set to default counts as empty.
    private static ImmutableArray<string> Items(ImmutableArray<string> list) => list.IsDefault ? [] : list;
}
