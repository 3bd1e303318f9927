using System.Net.Security;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace MarbleRun.Activation.Trust;

/// <summary>One connection to a Coordinator's mesh port, and what the server showed in its handshake.</summary>
internal sealed class MeshChannel : IDisposable
{
    private readonly SocketsHttpHandler _handler;

    /// <param name="address">The mesh ports; the connection goes to one of them.</param>
    /// <param name="own">The certificate that this side shows.</param>
    /// <param name="largestReply">The longest message that is read, in bytes.</param>
    public MeshChannel(CoordinatorAddresses address, SslStreamCertificateContext own, int largestReply)
    {
        Handshake = new CoordinatorHandshake(own);
        _handler = new SocketsHttpHandler
        {
            SslOptions = Handshake.CreateOptions(),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellationToken) =>
                new NetworkStream(await address.ConnectAsync(cancellationToken).ConfigureAwait(false), ownsSocket: true),

            // A connection over which nothing comes for long is dead, unless the Coordinator answers.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        Channel = GrpcChannel.ForAddress(address.First, new GrpcChannelOptions
        {
            HttpHandler = _handler,
            ThrowOperationCanceledOnCancellation = true,
            MaxReceiveMessageSize = largestReply,

            // The call does not request compression, and a short compressed reply could expand to a long one.
            CompressionProviders = [],
        });
    }

    public CoordinatorHandshake Handshake { get; }

    public GrpcChannel Channel { get; }

    public void Dispose()
    {
        Channel.Dispose();
        _handler.Dispose();
    }
}
