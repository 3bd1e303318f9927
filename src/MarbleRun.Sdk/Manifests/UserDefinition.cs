using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>A user who may act on the mesh: an entry of the manifest's <c>Users</c>.</summary>
public sealed record UserDefinition
{
    /// <summary>The client certificate, PEM; the first block counts, regardless of its label.</summary>
    public string Certificate { get; init; } = string.Empty;

    /// <summary>Names in the manifest's <c>Roles</c>.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>Compares the certificate's text, and the roles without regard to their order.</summary>
    /// <param name="other">The other user.</param>
    public bool Equals(UserDefinition? other) =>
        other is not null && Certificate == other.Certificate && ItemEquality.SameItems(Roles, other.Roles);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Certificate, Roles.Length);
}
