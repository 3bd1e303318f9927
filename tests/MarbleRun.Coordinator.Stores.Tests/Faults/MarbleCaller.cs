using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>A Marble of one client: one key and quote, with which it activates again and again at any replica.</summary>
internal sealed class MarbleCaller : IDisposable
{
    private readonly ECDsa _key;
    private readonly X509Certificate2 _certificate;
    private readonly byte[] _quote;
    private readonly List<(SocketsHttpHandler Handler, GrpcChannel Channel, Marble.MarbleClient Client)> _replicas;

    private MarbleCaller(ECDsa key, X509Certificate2 certificate, byte[] quote, IEnumerable<int> ports)
    {
        (_key, _certificate, _quote) = (key, certificate, quote);
        _replicas = [.. ports.Select(Connect)];
    }

    public static async Task<MarbleCaller> CreateAsync(TestMesh mesh, IEnumerable<int> ports, CancellationToken cancellationToken)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=MarbleRun Marble", key, HashAlgorithmName.SHA256);
        X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return new MarbleCaller(key, certificate, await mesh.QuoteAsync(certificate, cancellationToken), ports);
    }

    /// <summary>A request that no other activation has; sent again, it is the same activation.</summary>
    public ActivationReq CreateRequest(string marbleType)
    {
        var csr = new CertificateRequest(new X500DistinguishedName(string.Empty), _key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        csr.CertificateExtensions.Add(names.Build());
        return new ActivationReq
        {
            Quote = ByteString.CopyFrom(_quote),
            CSR = ByteString.CopyFrom(csr.CreateSigningRequest()),
            MarbleType = marbleType,
            UUID = Guid.NewGuid().ToString(),
        };
    }

    /// <exception cref="RpcException">It was refused, or its outcome is not known.</exception>
    public async Task<ActivationResp> ActivateAsync(
        int replica, ActivationReq request, TimeSpan limit, CancellationToken cancellationToken) =>
        await _replicas[replica].Client.ActivateAsync(
            request, deadline: DateTime.UtcNow + limit, cancellationToken: cancellationToken);

    public void Dispose()
    {
        foreach ((SocketsHttpHandler handler, GrpcChannel channel, _) in _replicas)
        {
            channel.Dispose();
            handler.Dispose();
        }

        _certificate.Dispose();
        _key.Dispose();
    }

    private (SocketsHttpHandler Handler, GrpcChannel Channel, Marble.MarbleClient Client) Connect(int port)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            SslOptions =
            {
                ClientCertificates = [_certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
        };
        var channel = GrpcChannel.ForAddress(
            $"https://127.0.0.1:{port}",
            new GrpcChannelOptions { HttpHandler = handler, MaxReconnectBackoff = TimeSpan.FromMilliseconds(200) });
        return (handler, channel, new Marble.MarbleClient(channel));
    }
}
