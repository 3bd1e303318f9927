using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Net.Client;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Benchmarks.Activation;

/// <summary>A Marble that comes again and again, each time over a new connection, with evidence that it made once.</summary>
internal sealed class ActivatingMarble
{
    private readonly X509Certificate2 _certificate;
    private readonly ActivationReq _request;
    private readonly Uri _address;

    public ActivatingMarble(CoordinatorHost host, string marbleType)
    {
        (_certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        Quote quote = host.Platform.CreateIssuer(host.Platform.MeasureRunningProcess())
            .IssueAsync(ReportData.ForCertificate(_certificate.RawData)).AsTask().GetAwaiter().GetResult();
        _request = new ActivationReq
        {
            Quote = ByteString.CopyFrom(quote.ToEvidence()),
            CSR = ByteString.CopyFrom(csr),
            MarbleType = marbleType,
            UUID = Guid.NewGuid().ToString(),
        };
        _address = new Uri($"https://{host.Mesh}");
    }

    /// <summary>One connection, one activation.</summary>
    public int Activate()
    {
        using SocketsHttpHandler handler = CreateHandler(_certificate);
        using GrpcChannel channel = GrpcChannel.ForAddress(_address, new GrpcChannelOptions { HttpHandler = handler });
        return new Marble.MarbleClient(channel).Activate(_request).Parameters.Env.Count;
    }

    /// <summary>One connection, one request of the same size that is answered at once.</summary>
    public HttpStatusCode Shake(Uri address)
    {
        using SocketsHttpHandler handler = CreateHandler(_certificate);
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(_request.ToByteArray()),
        };
        using HttpResponseMessage response = client.SendAsync(request, CancellationToken.None).GetAwaiter().GetResult();
        return response.StatusCode;
    }

    private static SocketsHttpHandler CreateHandler(X509Certificate2 certificate) => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = [certificate],
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        },
    };
}
