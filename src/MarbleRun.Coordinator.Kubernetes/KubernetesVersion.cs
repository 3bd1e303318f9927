using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>
/// The version of a head: the object, and the random id of the commit in it. The <c>resourceVersion</c> is not a part of it, since it also
/// changes when the object is written without a change of the blob, for instance when the keys of the encryption at rest are replaced.
/// </summary>
internal readonly record struct KubernetesVersion(string Uid, Guid CommitId)
{
    public StateVersion ToStateVersion() => new($"{Uid}/{CommitId:N}");

    /// <summary>False for a version that this store has not given out.</summary>
    public static bool TryParse(StateVersion version, out KubernetesVersion parsed)
    {
        string[] parts = (version.Value ?? string.Empty).Split('/');
        if (parts.Length == 2 && Guid.TryParseExact(parts[1], "N", out Guid id))
        {
            parsed = new KubernetesVersion(parts[0], id);
            return true;
        }

        parsed = default;
        return false;
    }
}
