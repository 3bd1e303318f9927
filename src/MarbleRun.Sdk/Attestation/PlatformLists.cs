using System.Collections.Immutable;

namespace MarbleRun.Attestation;

/// <summary>Which machines may run code at all. A list of allowed ones that is empty allows all; a denied machine is refused whatever else says.</summary>
/// <remarks>Values are hex, compared without regard to case.</remarks>
public sealed record PlatformLists
{
    /// <summary>The families that are allowed (<see cref="DcapPlatform.Fmspc"/>).</summary>
    public ImmutableArray<string> AllowedFmspcs { get; init; } = [];

    /// <summary>The families that are denied.</summary>
    public ImmutableArray<string> DeniedFmspcs { get; init; } = [];

    /// <summary>The machines that are allowed, by <see cref="DcapPlatform.PpidHash"/> or <see cref="DcapPlatform.PlatformInstanceIdHash"/>.</summary>
    public ImmutableArray<string> AllowedPlatforms { get; init; } = [];

    /// <summary>The machines that are denied, by either hash.</summary>
    public ImmutableArray<string> DeniedPlatforms { get; init; } = [];
}
