using System.Collections.Immutable;
using MarbleRun.Attestation.Claims;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation;

/// <summary>
/// The machines that may run code. An empty list of allowed machines allows all; a denied machine is always refused.
/// </summary>
/// <remarks>
/// Values are hex, compared without regard to case. They name machines of Intel. Chips and product lines of AMD are named in
/// <see cref="SnpProperties"/>: a package without that section, but with a list of allowed machines, refuses reports of SEV-SNP.
/// </remarks>
public sealed record PlatformLists
{
    /// <summary>The families that are allowed (<see cref="DcapPlatform.Fmspc"/>).</summary>
    public ImmutableArray<string> AllowedFmspcs { get; init; } = [];

    /// <summary>The families that are denied.</summary>
    public ImmutableArray<string> DeniedFmspcs { get; init; } = [];

    /// <summary>
    /// The machines that are allowed, by <see cref="DcapPlatform.PpidHash"/> or <see cref="DcapPlatform.PlatformInstanceIdHash"/>.
    /// </summary>
    public ImmutableArray<string> AllowedPlatforms { get; init; } = [];

    /// <summary>The machines that are denied, by either hash.</summary>
    public ImmutableArray<string> DeniedPlatforms { get; init; } = [];

    /// <summary>Whether a list names the allowed machines, so that all others are refused.</summary>
    internal bool NamesAllowed => !AllowedFmspcs.IsDefaultOrEmpty || !AllowedPlatforms.IsDefaultOrEmpty;

    /// <summary>Compares all lists, without regard to order and case.</summary>
    /// <param name="other">The other lists.</param>
    public bool Equals(PlatformLists? other) =>
        other is not null
        && HexText.SameItems(AllowedFmspcs, other.AllowedFmspcs)
        && HexText.SameItems(DeniedFmspcs, other.DeniedFmspcs)
        && HexText.SameItems(AllowedPlatforms, other.AllowedPlatforms)
        && HexText.SameItems(DeniedPlatforms, other.DeniedPlatforms);

    /// <inheritdoc />
    public override int GetHashCode() =>
        HashCode.Combine(
            HexText.Count(AllowedFmspcs), HexText.Count(DeniedFmspcs), HexText.Count(AllowedPlatforms), HexText.Count(DeniedPlatforms));
}
