using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Http.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;

namespace MarbleRun.Coordinator.Http;

/// <summary>Identifies a user by the certificate of the connection, before anything from the request body is read.</summary>
internal sealed partial class UserLogin(AuditLog audit, IMeterFactory meters, TimeProvider timeProvider, ILogger<UserLogin> logger)
{
    private readonly Counter<long> _failures = meters.CreateCoordinatorMeter().CreateCounter<long>(
        "coordinator_user_login_failures_total",
        description: "Number of requests that require a user but came from an unknown caller.");

    /// <summary>
    /// The user whose certificate is, byte for byte, the one whose key the handshake proved. Further certificates from the client prove
    /// nothing: users' certificates are public.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="state">The snapshot that the request is answered from.</param>
    /// <param name="status">Error in the first generation of the API, fail in the second.</param>
    /// <exception cref="ApiException">401: there is no such user.</exception>
    public async Task<MeshUser> DemandAsync(HttpContext context, CoordinatorState state, JSendStatus status)
    {
        X509Certificate2? leaf = context.Connection.ClientCertificate;
        if (leaf is null || state.Manifest?.Users.Find(leaf.RawDataMemory.Span) is not { } user)
        {
            _failures.Add(1, MetricLabel.Reason(leaf is null ? "no_certificate" : "unknown_certificate"));
            const string Reason = "client certificate did not match any MarbleRun users";
            var actor = AuditActor.Of(leaf);
            if (actor.CertificateHash is { } certificate)
            {
                // Each refusal is logged: beyond a limit the audit trail only counts, and an attacker must not hide among many callers.
                Log.Refused(logger, certificate, context.Connection.RemoteIpAddress, context.Request.Method, context.Request.Path);
            }

            await audit.RecordUnknownCallerAsync("user.login", actor, Reason);
            throw new ApiException(StatusCodes.Status401Unauthorized, status, $"unauthorized user: {Reason}");
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
