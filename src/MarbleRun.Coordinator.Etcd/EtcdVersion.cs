using System.Globalization;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>
/// The version of a head. The random id also distinguishes two commits that a restored cluster has given the same revision.
/// </summary>
internal readonly record struct EtcdVersion(long ModRevision, Guid CommitId)
{
    public StateVersion ToStateVersion() => new(string.Create(CultureInfo.InvariantCulture, $"{ModRevision}-{CommitId:N}"));

    /// <summary>False for a version that this store has not given out.</summary>
    public static bool TryParse(StateVersion version, out EtcdVersion parsed)
    {
        string[] parts = (version.Value ?? string.Empty).Split('-');
        parsed = default;
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long revision)
            || !Guid.TryParseExact(parts[1], "N", out Guid id))
        {
            return false;
        }

        parsed = new EtcdVersion(revision, id);
        return true;
    }
}
