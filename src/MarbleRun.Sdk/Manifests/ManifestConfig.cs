using System.Collections.Immutable;

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
        && RotateRootSecret == other.RotateRootSecret;

    /// <inheritdoc />
    public override int GetHashCode() =>
        HashCode.Combine(SealMode, FeatureGates.Length, UpdateThreshold, RecoveryThreshold, RevocationThreshold, RotateRootSecret);
}
