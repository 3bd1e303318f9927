using System.Collections.Immutable;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Updates;

/// <summary>Who must acknowledge an update: it is the manifest in force that says it, not the one that is to come.</summary>
internal static class PendingUpdates
{
    public static PendingUpdate Create(MeshManifest inForce, ReadOnlyMemory<byte> raw)
    {
        ImmutableSortedDictionary<string, bool> users =
            inForce.Users
                .FindAllowed(RoleActions.UpdateManifest)
                .ToImmutableSortedDictionary(name => name, _ => false, StringComparer.Ordinal);
        ulong threshold = inForce.Manifest.Config.UpdateThreshold;
        return new PendingUpdate(raw, users, threshold == 0 || threshold > (ulong)users.Count ? users.Count : (int)threshold);
    }
}
