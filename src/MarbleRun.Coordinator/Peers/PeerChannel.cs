using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Peers;

/// <summary>A connection to the peer port of another Coordinator, and the key that the server showed.</summary>
internal sealed class PeerChannel : IDisposable
{
    /// <summary>Evidence in a record, two keys, and their frames.</summary>
    private const int LargestReply = 128 * 1024;

    private readonly SocketsHttpHandler _handler;
    private byte[]? _keyHash;

    public PeerChannel(string address, PeerIdentity own)
    {
        _handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = own.Context,
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateChainPolicy = InertChainPolicy.Create(),
                RemoteCertificateValidationCallback = RememberKey,
                AllowTlsResume = false,
            },
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        Grpc = GrpcChannel.ForAddress($"https://{address}", new GrpcChannelOptions
        {
            HttpHandler = _handler,
            ThrowOperationCanceledOnCancellation = true,
            MaxReceiveMessageSize = LargestReply,

            // A short compressed reply could expand to a long one.
            CompressionProviders = [],
        });
    }

    public GrpcChannel Grpc { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of the server's key; null before the handshake.</summary>
    public byte[]? KeyHash => Volatile.Read(ref _keyHash);

    public void Dispose()
    {
        Grpc.Dispose();
        _handler.Dispose();
    }

    /// <summary>
    /// No authority vouches for a peer. The first key is remembered, no other one is accepted in its place, and nothing is used before
    /// evidence over this key was verified.
    /// </summary>
    private bool RememberKey(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return false;
        }

        using X509Certificate2 shown = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        byte[] hash = PeerIdentity.HashOf(shown);
        byte[] expected = Interlocked.CompareExchange(ref _keyHash, hash, null) ?? hash;
        return expected.AsSpan().SequenceEqual(hash);
    }
}
