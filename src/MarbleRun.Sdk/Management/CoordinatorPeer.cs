using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Management;

/// <summary>The Coordinator on the other side of a TLS connection: shown once, and from then on always the same.</summary>
/// <param name="pinned">The certificate that it must show, DER; null to take the first one it shows.</param>
internal sealed class CoordinatorPeer(byte[]? pinned)
{
    private byte[]? _certificate = pinned;

    /// <summary>The certificate, DER; null before the first handshake of a peer that is not pinned.</summary>
    public byte[]? Certificate => Volatile.Read(ref _certificate);

    /// <summary>
    /// Accepts the pinned certificate, or the first one that is shown, and remembers it.
    /// </summary>
    /// <remarks>
    /// There is no public authority to verify a Coordinator with: it serves its own self-signed root. What makes that root trustworthy is the quote
    /// that comes over this very connection. So the first call takes any certificate and sends nothing but a random nonce, and
    /// <see cref="CoordinatorClient"/> afterwards requires that it is the root in the quote. Every further connection is pinned to it.
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
