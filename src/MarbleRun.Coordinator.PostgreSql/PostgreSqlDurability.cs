namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>When a commit counts as durable.</summary>
public enum PostgreSqlDurability
{
    /// <summary>
    /// <c>synchronous_commit = on</c>: flushed to the disk of the primary and, if <c>synchronous_standby_names</c> is set, of its
    /// synchronous standbys.
    /// </summary>
    Flushed,

    /// <summary><c>synchronous_commit = remote_apply</c>: also visible to queries of the synchronous standbys.</summary>
    RemoteApply,
}
