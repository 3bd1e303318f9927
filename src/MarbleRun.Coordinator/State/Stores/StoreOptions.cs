namespace MarbleRun.Coordinator.State.Stores;

/// <summary>
/// Options of every store that several Coordinators share: configuration section <c>Coordinator:Store</c>. With the seal directory as the
/// store only <see cref="Audit"/> has an effect.
/// </summary>
public sealed class StoreOptions
{
    /// <summary>
    /// The name of this Coordinator among those that share the store: up to 63 letters, digits, dots, hyphens and underscores. Empty, which
    /// is the default, means the name of the machine. Two Coordinators that run at the same time need different names; one that is replaced
    /// may keep its name.
    /// </summary>
    public string Replica { get; set; } = string.Empty;

    /// <summary>
    /// How old the state may be that an activation without a budget is answered from while the store cannot be reached, from 0 to 1 hour.
    /// 0, which is the default, answers only from a state that was the newest after the request came.
    /// </summary>
    [DurationRange("00:00:00", "01:00:00")]
    public TimeSpan MaxStaleness { get; set; }

    /// <summary>
    /// Where the records of the audit trail are: <c>Directory</c>, which is the default, or <c>Store</c>, which PostgreSQL and etcd offer.
    /// A start with <c>Store</c> and another store is refused.
    /// </summary>
    public AuditLocation Audit { get; set; }

    /// <summary>
    /// Whether this Coordinator removes its keys from the store when it is asked to stop, so that it leaves none behind; false by default.
    /// For machines and pods that do not come back: the next start needs another Coordinator that has the keys, or is a recovery.
    /// </summary>
    public bool LeaveOnStop { get; set; }

    internal string ReplicaOrDefault => Replica.Length > 0 ? Replica : NameOf(Environment.MachineName);

    /// <summary>A machine whose name has other characters must not fail to start.</summary>
    private static string NameOf(string machine) => machine.Length == 0 ? "coordinator" : string.Concat(machine.Take(63).Select(ToSafe));

    private static char ToSafe(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-';
}
