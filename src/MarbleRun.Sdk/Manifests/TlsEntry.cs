namespace MarbleRun.Manifests;

/// <summary>One connection of a <see cref="TlsTag"/>: an address to connect to, or a port to listen on.</summary>
public sealed record TlsEntry
{
    /// <summary>The port, in decimal digits.</summary>
    public string Port { get; init; } = string.Empty;

    /// <summary>Outgoing only: host name or IP address.</summary>
    public string Addr { get; init; } = string.Empty;

    /// <summary>
    /// Incoming only: the name of the certificate secret that the server presents; empty for the Marble's own certificate.
    /// </summary>
    public string Cert { get; init; } = string.Empty;

    /// <summary>Incoming only: whether clients need no certificate.</summary>
    public bool DisableClientAuth { get; init; }
}
