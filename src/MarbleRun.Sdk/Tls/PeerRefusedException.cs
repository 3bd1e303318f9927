using System.Security.Authentication;

namespace MarbleRun.Tls;

/// <summary>
/// The server is not a Marble that may answer. Without it, the platform reports only that a callback rejected the certificate.
/// </summary>
internal sealed class PeerRefusedException(string reason) : AuthenticationException($"The TLS server was refused: {reason}.")
{
    public string Reason { get; } = reason;
}
