using System.Collections.Immutable;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Users;

/// <summary>A user of the mesh and the user's permissions.</summary>
/// <param name="Name">The name in the manifest.</param>
/// <param name="Certificate">The client certificate that identifies the user, DER.</param>
/// <param name="Permissions">By action in lower case: the resources that all roles of the user name together.</param>
internal sealed record MeshUser(
    string Name, ReadOnlyMemory<byte> Certificate, ImmutableDictionary<string, ImmutableHashSet<string>> Permissions)
{
    /// <summary>Whether an action is allowed on all of the resources. Without resources it is allowed if the user may perform it on any
    /// resource.</summary>
    /// <param name="action">One of <see cref="RoleActions"/>.</param>
    /// <param name="resources">Names of packages or secrets; empty for the manifest.</param>
    public bool May(string action, params IEnumerable<string> resources) =>
        Permissions.TryGetValue(action.ToLowerInvariant(), out ImmutableHashSet<string>? allowed) && resources.All(allowed.Contains);
}
