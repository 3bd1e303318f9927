using System.Collections.Immutable;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Users;

/// <summary>Somebody who may act on the mesh, and what he may do.</summary>
/// <param name="Name">The name in the manifest.</param>
/// <param name="Certificate">The client certificate that he is known by, DER.</param>
/// <param name="NotAfter">When the certificate ends. It is taken after that too, as by MarbleRun 1.9, but with a warning.</param>
/// <param name="Permissions">By action in lower case: the resources that all his roles name together.</param>
internal sealed record MeshUser(
    string Name, ReadOnlyMemory<byte> Certificate, DateTimeOffset NotAfter, ImmutableDictionary<string, ImmutableHashSet<string>> Permissions)
{
    /// <summary>Whether an action is allowed on all of the resources. Without resources it is allowed to whoever may do it at all.</summary>
    /// <param name="action">One of <see cref="RoleActions"/>.</param>
    /// <param name="resources">Names of packages or secrets; none for the manifest.</param>
    public bool May(string action, params IEnumerable<string> resources) =>
        Permissions.TryGetValue(action.ToLowerInvariant(), out ImmutableHashSet<string>? allowed) && resources.All(allowed.Contains);
}
