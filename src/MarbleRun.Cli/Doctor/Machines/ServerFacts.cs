using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>What answers at an address.</summary>
internal enum ServerKind
{
    /// <summary>The name of the host is unknown.</summary>
    NoName,

    /// <summary>The port does not accept connections.</summary>
    Closed,

    /// <summary>A server that does not speak TLS, for instance plain HTTP.</summary>
    NotTls,

    Tls,
}

/// <summary>What answers at an address.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Detail">The error message of the system; empty for TLS.</param>
/// <param name="Certificate">The certificate that the server shows; null unless it speaks TLS.</param>
internal sealed record ServerFacts(ServerKind Kind, string Detail, X509Certificate2? Certificate = null);

/// <summary>An answer over HTTP.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The body, at most 4 MiB.</param>
/// <param name="Date">The header Date.</param>
/// <param name="Asked">When it was requested, by the clock of this machine.</param>
/// <param name="Answered">When it came.</param>
internal sealed record PageFacts(int Status, string Body, DateTimeOffset? Date, DateTimeOffset Asked, DateTimeOffset Answered);
