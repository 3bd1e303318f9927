using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Users;

namespace MarbleRun.Coordinator.Audit;

/// <summary>Records refused log-ins in the audit trail.</summary>
internal sealed class LoginAudit(AuditLog audit) : ILoginAudit
{
    public Task RecordUnknownCallerAsync(X509Certificate2? leaf, string reason) =>
        audit.RecordUnknownCallerAsync("user.login", AuditActor.Of(leaf), reason);
}
