using System.Security.Authentication;

namespace MarbleRun.Tls;

/// <summary>A server is not a Marble that may answer. The platform would say only that a callback rejected its certificate.</summary>
internal sealed class PeerRefusedException(string reason) : AuthenticationException($"The TLS server was refused: {reason}.")
{
    public string Reason { get; } = reason;
}
