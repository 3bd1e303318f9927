using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests;

/// <summary>A Marble reduced to the wire: any field can be wrong.</summary>
internal sealed class MeshClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly SocketsHttpHandler _handler;

    public MeshClient(CoordinatorHost host, X509Certificate2? certificate)
        : this(host.Mesh, certificate)
    {
    }

    public MeshClient(IPEndPoint mesh, X509Certificate2? certificate)
    {
        _handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = certificate is null ? null : [certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => (ServerCertificate = X509CertificateLoader.LoadCertificate(
                    shown!.GetRawCertData())) is not null,
            },
        };
        _channel = GrpcChannel.ForAddress($"https://{mesh}", new GrpcChannelOptions { HttpHandler = _handler });
    }

    public X509Certificate2? ServerCertificate { get; private set; }

    /// <summary>Activates with everything right but what <paramref name="change"/> changes.</summary>
    public static async Task<Parameters> ActivateAsync(
        CoordinatorHost host, string marbleType, Action<ActivationReq>? change = null, string? uuid = null) =>
        (await ActivateForAnswerAsync(host, marbleType, change, uuid)).Parameters;

    /// <summary>As <see cref="ActivateAsync"/>, with what renewals need.</summary>
    public static async Task<ActivationResp> ActivateForAnswerAsync(
        CoordinatorHost host, string marbleType, Action<ActivationReq>? change = null, string? uuid = null)
    {
        (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        Quote quote = await host.Platform.CreateIssuer(host.Platform.MeasureRunningProcess())
            .IssueAsync(ReportData.ForCertificate(certificate.RawData), TestContext.Current.CancellationToken);
        var request = new ActivationReq
        {
            Quote = ByteString.CopyFrom(quote.ToEvidence()),
            CSR = ByteString.CopyFrom(csr),
            MarbleType = marbleType,
            UUID = uuid ?? Guid.NewGuid().ToString(),
        };
        change?.Invoke(request);
        using var client = new MeshClient(host, certificate);
        return await client.CallAsync(request);
    }

    /// <summary>One unary call; the names are the wire's.</summary>
    public async Task<ActivationResp> CallAsync(ActivationReq request, string service = "rpc.Marble", string method = "Activate")
    {
        var description = new Method<ActivationReq, ActivationResp>(
            MethodType.Unary,
            service,
            method,
            Marshallers.Create(r => r.ToByteArray(), ActivationReq.Parser.ParseFrom),
            Marshallers.Create(r => r.ToByteArray(), ActivationResp.Parser.ParseFrom));
        return await _channel.CreateCallInvoker().AsyncUnaryCall(
            description, host: null, new CallOptions(cancellationToken: TestContext.Current.CancellationToken), request);
    }

    public void Dispose()
    {
        _channel.Dispose();
        _handler.Dispose();
    }
}
