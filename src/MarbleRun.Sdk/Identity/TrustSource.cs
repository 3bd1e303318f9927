using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Identity;

/// <summary>
/// The connection that trust lists come from. Its server is the Coordinator if a list of this deployment's root names the key of the server
/// as that of the authority that issues. That is proven once for a connection: after an update the same server sends, over the same
/// connection, a list whose first authority is a new one.
/// </summary>
/// <param name="serverCertificate">The certificate that the server showed in the handshake, DER.</param>
internal sealed class TrustSource(byte[] serverCertificate)
{
    private readonly string _keyId = ComputeKeyId(serverCertificate);

    /// <summary>Whether the server has proven itself.</summary>
    public bool IsProven { get; private set; }

    /// <summary>Whether this server may send the list.</summary>
    public bool Proves(MarbleTrust trust) => IsProven |= trust.Issuer.KeyId == _keyId;

    private static string ComputeKeyId(byte[] serverCertificate)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(serverCertificate);
        return MeshAnchor.ComputeKeyId(certificate);
    }
}
