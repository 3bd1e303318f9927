using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Net.Client;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Benchmarks.Marbles;

/// <summary>What a Marble shows when it activates: its key, its request for a certificate, and its quote.</summary>
internal sealed class PreparedMarble : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly ByteString _csr;
    private readonly ByteString _quote;

    private PreparedMarble(X509Certificate2 certificate, byte[] csr, Quote quote)
    {
        (_certificate, _csr) = (certificate, ByteString.CopyFrom(csr));
        _quote = ByteString.CopyFrom(quote.ToEvidence());
    }

    /// <param name="issuer">Issues its quote; it has an attestation key of its own.</param>
    public static async Task<PreparedMarble> CreateAsync(IQuoteIssuer issuer)
    {
        (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        return new PreparedMarble(
            certificate, csr, await issuer.IssueAsync(ReportData.ForCertificate(certificate.RawData), CancellationToken.None));
    }

    /// <summary>Activates over a connection of its own.</summary>
    /// <param name="coordinator">The address of its mesh port.</param>
    /// <param name="marbleType">A type of the manifest.</param>
    /// <param name="uuid">The instance; another one makes another activation.</param>
    public async Task<ActivationResp> ActivateAsync(IPEndPoint coordinator, string marbleType, Guid uuid)
    {
        using SocketsHttpHandler handler = CreateHandler(_certificate);
        using var channel = GrpcChannel.ForAddress($"https://{coordinator}", new GrpcChannelOptions { HttpHandler = handler });
        return await new Marble.MarbleClient(channel).ActivateAsync(new ActivationReq
        {
            Quote = _quote,
            CSR = _csr,
            MarbleType = marbleType,
            UUID = uuid.ToString(),
            Renews = true,
        });
    }

    /// <summary>Connections that show a certificate, and take that of any Coordinator.</summary>
    public static SocketsHttpHandler CreateHandler(X509Certificate2 certificate) => new()
    {
        SslOptions =
        {
            // A context, because the platform searches its store for the issuers of a certificate that it gets alone.
            ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        },
    };

    public void Dispose() => _certificate.Dispose();
}
