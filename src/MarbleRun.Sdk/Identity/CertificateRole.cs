namespace MarbleRun.Identity;

/// <summary>What a certificate is shown for; its extended key usage must allow it (RFC 5280, section 4.2.1.12).</summary>
internal enum CertificateRole
{
    /// <summary>Either: for a certificate that is checked outside a handshake.</summary>
    Any = 0,

    /// <summary>The peer is the TLS server.</summary>
    Server,

    /// <summary>The peer is the TLS client.</summary>
    Client,
}
