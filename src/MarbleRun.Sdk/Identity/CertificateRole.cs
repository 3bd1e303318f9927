namespace MarbleRun.Identity;

/// <summary>The purpose of a certificate; its extended key usage must allow it (RFC 5280, section 4.2.1.12).</summary>
internal enum CertificateRole
{
    /// <summary>Either side, for a certificate that is checked outside a handshake.</summary>
    Any = 0,

    /// <summary>The peer is the TLS server.</summary>
    Server,

    /// <summary>The peer is the TLS client.</summary>
    Client,
}
