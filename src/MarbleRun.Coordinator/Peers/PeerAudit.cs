using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;

namespace MarbleRun.Coordinator.Peers;

/// <summary>Records in the audit trail what this Coordinator got from others.</summary>
internal sealed class PeerAudit(PeerJournal journal, AuditLog audit)
{
    public const string Action = "keys.receive";

    /// <summary>After the trail was opened.</summary>
    /// <exception cref="AuditException">A record was not written.</exception>
    public Task BeginAsync() => journal.AttachAsync(RecordAsync);

    private Task RecordAsync(KeyReceipt receipt) => audit.RecordAsync(
        receipt.Refusal is null ? AuditOutcome.Allowed : AuditOutcome.Denied,
        Action,
        default,
        [
            ("peer", receipt.Address),
            ("measurement", receipt.Measurement),
            ("platform", receipt.Platform),
            ("rootFingerprint", receipt.RootHash),
            .. receipt.Refusal is { } reason ? [("reason", reason)] : Array.Empty<(string, string)>(),
        ]);
}
