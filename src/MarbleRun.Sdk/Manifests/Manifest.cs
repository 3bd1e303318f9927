using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Attestation;

namespace MarbleRun.Manifests;

/// <summary>
/// The contract of a mesh: which code may run as which Marble, with which secrets and connections, and who may change it. It is a value: it
/// does not contain the text that it was read from, which fingerprint and signature are computed from.
/// </summary>
public sealed record Manifest
{
    /// <summary>The longest accepted text, in bytes: 16 MiB.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    /// <summary>
    /// The longest accepted text of a manifest that has <see cref="Coordinators"/>, in bytes: 256 KiB. Every Marble that watches the trust
    /// of the mesh gets it.
    /// </summary>
    public const int MaxLengthWithCoordinators = 256 * 1024;

    /// <summary>The highest number of <see cref="Coordinators"/>.</summary>
    internal const int MaxCoordinators = 16;

    /// <summary>Name → code that may run.</summary>
    public ImmutableSortedDictionary<string, PackageProperties> Packages { get; init; } = Maps.Empty<PackageProperties>();

    /// <summary>Name → kind of machine; if there are any, a quote must match one of them.</summary>
    public ImmutableSortedDictionary<string, InfrastructureProperties> Infrastructures { get; init; } =
        Maps.Empty<InfrastructureProperties>();

    /// <summary>Marble type → its definition.</summary>
    public ImmutableSortedDictionary<string, MarbleDefinition> Marbles { get; init; } = Maps.Empty<MarbleDefinition>();

    /// <summary>Name → user.</summary>
    public ImmutableSortedDictionary<string, UserDefinition> Users { get; init; } = Maps.Empty<UserDefinition>();

    /// <summary>Name → secret.</summary>
    public ImmutableSortedDictionary<string, SecretDefinition> Secrets { get; init; } = Maps.Empty<SecretDefinition>();

    /// <summary>Name → RSA public key, PEM with the label <c>PUBLIC KEY</c>.</summary>
    public ImmutableSortedDictionary<string, string> RecoveryKeys { get; init; } = Maps.Empty<string>();

    /// <summary>Name → role.</summary>
    public ImmutableSortedDictionary<string, RoleDefinition> Roles { get; init; } = Maps.Empty<RoleDefinition>();

    /// <summary>Tag → connections. JSON: <c>TLS</c>.</summary>
    public ImmutableSortedDictionary<string, TlsTag> Tls { get; init; } = Maps.Empty<TlsTag>();

    /// <summary>
    /// Name → code that may act as this deployment's Coordinator besides the code that a Marble's own trust names: the next version, for
    /// instance. A Marble that belongs to the deployment accepts it when it renews its certificate. JSON: <c>Coordinators</c>. This is an
    /// extension: other Coordinators ignore it.
    /// </summary>
    public ImmutableSortedDictionary<string, PackageProperties> Coordinators { get; init; } = Maps.Empty<PackageProperties>();

    /// <summary>The configuration of the mesh as a whole.</summary>
    public ManifestConfig Config { get; init; } = new();

    /// <summary>
    /// Whether this manifest, sent as an update, changes packages only: it has no infrastructure, Marble, user, secret, recovery key,
    /// role, TLS tag or Coordinator.
    /// </summary>
    public bool IsPackageUpdate =>
        Infrastructures.IsEmpty
        && Marbles.IsEmpty
        && Users.IsEmpty
        && Secrets.IsEmpty
        && RecoveryKeys.IsEmpty
        && Roles.IsEmpty
        && Tls.IsEmpty
        && Coordinators.IsEmpty;

    /// <summary>The warnings of the reader, and the places of the entries; not part of the value.</summary>
    internal ManifestSource Source { get; init; } = ManifestSource.None;

    /// <summary>Computes the fingerprint of a manifest's text: SHA-256 over the exact bytes, as 64 lower-case hexadecimal digits.</summary>
    /// <param name="utf8Json">The exact text that was set, including white space.</param>
    public static string ComputeFingerprint(ReadOnlySpan<byte> utf8Json) => Convert.ToHexStringLower(SHA256.HashData(utf8Json));

    /// <summary>Compares all members.</summary>
    /// <param name="other">The other manifest.</param>
    public bool Equals(Manifest? other) =>
        other is not null
        && ItemEquality.SameEntries(Packages, other.Packages)
        && ItemEquality.SameEntries(Infrastructures, other.Infrastructures)
        && ItemEquality.SameEntries(Marbles, other.Marbles)
        && ItemEquality.SameEntries(Users, other.Users)
        && ItemEquality.SameEntries(Secrets, other.Secrets)
        && ItemEquality.SameEntries(RecoveryKeys, other.RecoveryKeys)
        && ItemEquality.SameEntries(Roles, other.Roles)
        && ItemEquality.SameEntries(Tls, other.Tls)
        && ItemEquality.SameEntries(Coordinators, other.Coordinators)
        && Config == other.Config;

    /// <inheritdoc />
    public override int GetHashCode() =>
        HashCode.Combine(Packages.Count, Marbles.Count, Users.Count, Secrets.Count, Roles.Count, Tls.Count, Config);

    /// <summary>Returns the names of Marbles and packages, without their content.</summary>
    public override string ToString() =>
        $"Manifest {{ Packages = [{string.Join(", ", Packages.Keys)}], Marbles = [{string.Join(", ", Marbles.Keys)}] }}";
}
