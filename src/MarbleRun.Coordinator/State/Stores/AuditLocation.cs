namespace MarbleRun.Coordinator.State.Stores;

/// <summary>Where a Coordinator keeps the records of its audit trail.</summary>
public enum AuditLocation
{
    /// <summary>In files of its machine: <c>Coordinator:AuditDirectory</c>.</summary>
    Directory,

    /// <summary>In the store that it shares with others: a lost machine loses no record. PostgreSQL and etcd keep records.</summary>
    Store,
}
