using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>A kind of service of the mesh: an entry of the manifest's <c>Marbles</c>.</summary>
public sealed record MarbleDefinition
{
    /// <summary>The name in <see cref="Manifest.Packages"/> of the code that may run as this Marble.</summary>
    public string Package { get; init; } = string.Empty;

    /// <summary>
    /// The name in <see cref="Manifest.Packages"/> of other code that may run as this Marble, too, while a service is replaced; empty for
    /// none. JSON: <c>PreviousPackage</c>. This is an extension: other Coordinators ignore it.
    /// </summary>
    public string PreviousPackage { get; init; } = string.Empty;

    /// <summary>The names in <see cref="Manifest.Packages"/> of all code that may run as this Marble.</summary>
    internal IEnumerable<string> AllPackages => PreviousPackage.Length == 0 ? [Package] : [Package, PreviousPackage];

    /// <summary>The total number of activations that are allowed; 0 means any number.</summary>
    public ulong MaxActivations { get; init; }

    /// <summary>The parameters that the Marble gets at its activation.</summary>
    public ParametersDefinition Parameters { get; init; } = new();

    /// <summary>Names in <see cref="Manifest.Tls"/>. JSON: <c>TLS</c>.</summary>
    public ImmutableArray<string> Tls { get; init; } = [];

    /// <summary>Whether secrets are derived without the Marble's name, as versions before 1.6 did.</summary>
    public bool DisableSecretBinding { get; init; }

    /// <summary>
    /// The DNS names that a Marble of this type may have in its certificate, compared without regard to case; null allows any. A label
    /// <c>*</c> matches exactly one label; nothing else is a wildcard. Addresses other than the loopback addresses are allowed if their
    /// text is listed. JSON: <c>AllowedDNSNames</c>. This is an extension: other Coordinators ignore it.
    /// </summary>
    public ImmutableArray<string>? AllowedDnsNames { get; init; }

    /// <summary>Compares all members; the TLS tags without regard to order.</summary>
    /// <param name="other">The other Marble.</param>
    public bool Equals(MarbleDefinition? other) =>
        other is not null
        && Package == other.Package
        && PreviousPackage == other.PreviousPackage
        && MaxActivations == other.MaxActivations
        && Parameters == other.Parameters
        && ItemEquality.SameItems(Tls, other.Tls)
        && DisableSecretBinding == other.DisableSecretBinding
        && AllowedDnsNames.HasValue == other.AllowedDnsNames.HasValue
        && ItemEquality.SameItems(AllowedDnsNames ?? [], other.AllowedDnsNames ?? []);

    /// <inheritdoc />
    public override int GetHashCode() =>
        HashCode.Combine(Package, PreviousPackage, MaxActivations, Parameters, Tls.Length, DisableSecretBinding);
}
