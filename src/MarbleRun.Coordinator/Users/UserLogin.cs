using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Users;

/// <summary>Identifies a user by the certificate of the connection, before anything from the request body is read.</summary>
internal sealed partial class UserLogin(ILoginAudit audit, IMeterFactory meters, TimeProvider timeProvider, ILogger<UserLogin> logger)
{
    /// <summary>The reason of a refusal.</summary>
    public const string Unknown = "client certificate did not match any MarbleRun users";

    private readonly Counter<long> _failures = meters.CreateCoordinatorMeter().CreateCounter<long>(
        "coordinator_user_login_failures_total",
        description: "Number of requests that require a user but came from an unknown caller.");

    /// <summary>
    /// The user whose certificate is, byte for byte, the one whose key the handshake proved; null if no user has it. Further certificates
    /// from the client prove nothing: users' certificates are public.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="users">The users of the manifest in force; null if there is no manifest.</param>
    public async Task<MeshUser?> RecogniseAsync(HttpContext context, UserDirectory? users)
    {
        X509Certificate2? leaf = context.Connection.ClientCertificate;
        if (leaf is null || users?.Find(leaf.RawDataMemory.Span) is not { } user)
        {
            _failures.Add(1, MetricLabel.Reason(leaf is null ? "no_certificate" : "unknown_certificate"));
            if (leaf is not null)
            {
                // Each refusal is logged: beyond a limit the audit trail only counts, and an attacker must not hide among many callers.
                string certificate = Convert.ToHexStringLower(SHA256.HashData(leaf.RawDataMemory.Span));
                Log.Refused(logger, certificate, context.Connection.RemoteIpAddress, context.Request.Method, context.Request.Path);
            }

            await audit.RecordUnknownCallerAsync(leaf, Unknown);
            return null;
        }

        RecognisedCaller.Mark(context);
        DateTimeOffset notAfter = leaf.NotAfter.ToUniversalTime();
        if (notAfter < timeProvider.GetUtcNow())
        {
            Log.Expired(logger, LogText.Clean(user.Name), notAfter);
        }

        return user;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.UserLoginRefused,
            LogLevel.Warning,
            "{Method} {Path} was refused: the client certificate with the SHA-256 {Certificate}, shown from {PeerAddress}, belongs to no "
            + "user.",
            EventName = "UserLoginRefused")]
        public static partial void Refused(ILogger logger, string certificate, IPAddress? peerAddress, string method, string path);

        [LoggerMessage(
            EventIds.UserCertificateExpired,
            LogLevel.Warning,
            "The certificate of user '{User}' expired at {NotAfter:u}, but is accepted until a new manifest removes it.",
            EventName = "UserCertificateExpired")]
        public static partial void Expired(ILogger logger, string user, DateTimeOffset notAfter);
    }
}
