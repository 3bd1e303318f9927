using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Users;

/// <summary>Records refused log-ins; the audit trail implements it.</summary>
internal interface ILoginAudit
{
    /// <summary>Records that a request which requires a user came from an unknown caller.</summary>
    /// <param name="leaf">The certificate whose key the connection proved, or null.</param>
    /// <param name="reason">The reason.</param>
    Task RecordUnknownCallerAsync(X509Certificate2? leaf, string reason);
}
