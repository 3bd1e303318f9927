using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>The actions that a user may perform on resources: an entry of the manifest's <c>Roles</c>.</summary>
public sealed record RoleDefinition
{
    /// <summary>The kind of resource: one of <see cref="ResourceTypes"/>; case matters.</summary>
    public string ResourceType { get; init; } = string.Empty;

    /// <summary>Names of packages, secrets or Marble types; empty for <see cref="ResourceTypes.Manifest"/> and
    /// <see cref="ResourceTypes.Audit"/>.</summary>
    public ImmutableArray<string> ResourceNames { get; init; } = [];

    /// <summary>Some of <see cref="RoleActions"/>, in any case.</summary>
    public ImmutableArray<string> Actions { get; init; } = [];

    /// <summary>Compares all members; the lists without regard to order.</summary>
    /// <param name="other">The other role.</param>
    public bool Equals(RoleDefinition? other) =>
        other is not null
        && ResourceType == other.ResourceType
        && ItemEquality.SameItems(ResourceNames, other.ResourceNames)
        && ItemEquality.SameItems(Actions, other.Actions);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(ResourceType, ResourceNames.Length, Actions.Length);
}
