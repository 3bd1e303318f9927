using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Management;

/// <summary>
/// The Coordinator on the other side of a TLS connection. Its first certificate is remembered, and later connections require it.
/// </summary>
/// <param name="pinned">The certificate that it must show, DER; null to accept the first certificate that it shows.</param>
internal sealed class CoordinatorPeer(byte[]? pinned)
{
    private byte[]? _certificate = pinned;

    /// <summary>The certificate, DER; null before the first handshake of a peer that is not pinned.</summary>
    public byte[]? Certificate => Volatile.Read(ref _certificate);

    /// <summary>
    /// Accepts the pinned certificate, or the first certificate that the peer shows, and remembers it.
    /// </summary>
    /// <remarks>
    /// No public authority can verify a Coordinator: it serves its own self-signed root. The quote that comes over this connection makes
    /// the root trustworthy. Therefore the first call accepts any certificate and sends only a random nonce, and <see
    /// cref="CoordinatorClient"/> then requires that the certificate is the root in the quote. Every further connection is pinned to it.
    /// </remarks>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return false;
        }

        byte[] shown = certificate.GetRawCertData();
        byte[] expected = Interlocked.CompareExchange(ref _certificate, shown, null) ?? shown;
        return expected.AsSpan().SequenceEqual(shown);
    }
}
