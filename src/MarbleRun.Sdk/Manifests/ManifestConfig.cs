using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MarbleRun.Manifests;

/// <summary>The configuration of the mesh as a whole: the manifest's <c>Config</c>.</summary>
public sealed record ManifestConfig
{
    /// <summary>
    /// How the Coordinator seals its state: one of <see cref="SealModes"/>, or empty for <see cref="SealModes.ProductKey"/>.
    /// </summary>
    public string SealMode { get; init; } = string.Empty;

    /// <summary>The enabled features: some of <see cref="Manifests.FeatureGates"/>, as the manifest spells them.</summary>
    public ImmutableArray<string> FeatureGates { get; init; } = [];

    /// <summary>The number of users who must acknowledge a full update; 0 means all users who are allowed to.</summary>
    public ulong UpdateThreshold { get; init; }

    /// <summary>The number of recovery keys that open the state; 0 means all, 1 is refused.</summary>
    public ulong RecoveryThreshold { get; init; }

    /// <summary>
    /// The number of users who must agree to a revocation of Marbles, and to lifting it; 0 and 1 mean that one user is enough. An
    /// extension: MarbleRun 1.9 ignores it.
    /// </summary>
    public ulong RevocationThreshold { get; init; }

    /// <summary>Whether a full update to this manifest generates a new root secret, and with it new symmetric keys.</summary>
    public bool RotateRootSecret { get; init; }

    /// <summary>
    /// How long Marbles accept certificates of before a full update to this manifest, and may renew them: hours, minutes and seconds such
    /// as <c>1h30m</c>, at most <c>168h</c>; empty, the default, means not at all. JSON: <c>TrustOverlap</c>. This is an extension: other
    /// Coordinators ignore it.
    /// </summary>
    public string TrustOverlap { get; init; } = string.Empty;

    /// <summary>
    /// The SPIFFE trust domain in the URI names of Marbles: lower-case letters, digits, <c>.</c>, <c>-</c> and <c>_</c>, at most 255
    /// characters; empty, the default, uses one that the root certificate determines. JSON: <c>TrustDomain</c>. This is an extension: other
    /// Coordinators ignore it.
    /// </summary>
    public string TrustDomain { get; init; } = string.Empty;

    /// <summary>The time of <see cref="TrustOverlap"/>; zero if the text is empty or invalid.</summary>
    public TimeSpan GetTrustOverlap() => OverlapText.TryParse(TrustOverlap, out TimeSpan overlap) ? overlap : TimeSpan.Zero;

    /// <summary>Whether a feature is enabled.</summary>
    /// <param name="feature">One of <see cref="Manifests.FeatureGates"/>, in any case.</param>
    public bool HasFeature(string feature) => FeatureGates.Contains(feature, StringComparer.OrdinalIgnoreCase);

    /// <summary>Compares all members.</summary>
    /// <param name="other">The other configuration.</param>
    public bool Equals(ManifestConfig? other) =>
        other is not null
        && SealMode == other.SealMode
        && FeatureGates.AsSpan().SequenceEqual(other.FeatureGates.AsSpan())
        && UpdateThreshold == other.UpdateThreshold
        && RecoveryThreshold == other.RecoveryThreshold
        && RevocationThreshold == other.RevocationThreshold
        && RotateRootSecret == other.RotateRootSecret
        && TrustOverlap == other.TrustOverlap
        && TrustDomain == other.TrustDomain;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(
        SealMode,
        FeatureGates.Length,
        UpdateThreshold,
        RecoveryThreshold,
        RevocationThreshold,
        RotateRootSecret,
        TrustOverlap,
        TrustDomain);
}

/// <summary>Reads the text of <see cref="ManifestConfig.TrustOverlap"/>.</summary>
internal static partial class OverlapText
{
    /// <summary>A Marble does not believe in a longer overlap, counted from the time at which it learned of it.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Reads hours, minutes and seconds, in this order, each at most once; an empty text is zero.</summary>
    public static bool TryParse(string text, out TimeSpan overlap)
    {
        Match match = Form().Match(text);
        overlap = match.Success
            ? TimeSpan.FromHours(Number(match, 1)) + TimeSpan.FromMinutes(Number(match, 2)) + TimeSpan.FromSeconds(Number(match, 3))
            : TimeSpan.Zero;
        return match.Success && overlap <= Longest;
    }

    private static int Number(Match match, int group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\A(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
