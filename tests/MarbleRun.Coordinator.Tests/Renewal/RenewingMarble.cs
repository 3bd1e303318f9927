using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Renewal;

/// <summary>A Marble that was activated, reduced to the wire of renewal: any field can be wrong.</summary>
internal sealed class RenewingMarble : IDisposable
{
    private readonly CoordinatorHost _host;
    private readonly SocketsHttpHandler _handler;
    private readonly GrpcChannel _channel;

    private RenewingMarble(CoordinatorHost host, X509Certificate2 certificate, X509Certificate2 root, ActivationResp activated)
    {
        (_host, Certificate, Root, Activated) = (host, certificate, root, activated);
        _handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = [certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
        };
        _channel = GrpcChannel.ForAddress($"https://{host.Mesh}", new GrpcChannelOptions { HttpHandler = _handler });
        Mesh = new MeshCalls(_channel.CreateCallInvoker());
    }

    /// <summary>The current certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The answer to the activation.</summary>
    public ActivationResp Activated { get; }

    /// <summary>The root of the deployment.</summary>
    public X509Certificate2 Root { get; }

    public MeshCalls Mesh { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Activates, as a Marble that renews or not.</summary>
    public static async Task<RenewingMarble> ActivateAsync(
        CoordinatorHost host, string marbleType = "web", bool renews = true, string? uuid = null)
    {
        ActivationResp activated = await MeshClient.ActivateForAnswerAsync(
            host, marbleType, request => request.Renews = renews, uuid);
        Parameters parameters = activated.Parameters;
        string chain = parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8();
        using var leaf = X509Certificate2.CreateFromPem(chain, parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8());
        return new RenewingMarble(
            host,
            Exportable(leaf),
            X509Certificate2.CreateFromPem(parameters.Env["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"].ToStringUtf8()),
            activated);
    }

    /// <summary>The same Marble over a connection with another certificate.</summary>
    public RenewingMarble With(X509Certificate2 certificate) => new(_host, certificate, Root, Activated);

    /// <summary>The same Marble at a Coordinator that was started again.</summary>
    public RenewingMarble At(CoordinatorHost host) => new(host, Certificate, Root, Activated);

    public Task<ChallengeResponse> ChallengeAsync() =>
        Mesh.ChallengeAsync(new ChallengeRequest());

    /// <summary>Renews, and asks for the parameters.</summary>
    /// <param name="known">The version that the Marble has; null for that of the activation.</param>
    /// <returns>The answer; null if the Marble has the parameters.</returns>
    public async Task<RenewedParameters?> RefreshAsync(ByteString? known = null) =>
        (await RenewAsync(change: request => request.KnownParameters = known ?? Activated.ParametersVersion)).Response.Parameters;

    /// <summary>Renews with everything right but what the arguments change.</summary>
    public async Task<(RenewResponse Response, ECDsa Key)> RenewAsync(
        Func<AttestationBinding, AttestationBinding>? bind = null,
        Action<RenewRequest>? change = null,
        IReadOnlyList<string>? names = null,
        ECDsa? key = null)
    {
        ChallengeResponse challenge = await ChallengeAsync();
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var binding = new AttestationBinding
        {
            Purpose = AttestationBinding.MarbleRenewal,
            Role = AttestationBinding.MarbleRole,
            Nonce = challenge.Challenge.Memory,
            KeyHash = SHA256.HashData(key.ExportSubjectPublicKeyInfo()),
            RootHash = SHA256.HashData(Root.RawData),
            ManifestHash = challenge.ManifestFingerprint.Memory,
        };
        Quote quote = await _host.Platform.CreateIssuer(_host.Platform.MeasureRunningProcess())
            .IssueAsync((bind?.Invoke(binding) ?? binding).ToReportData(), Cancellation);
        var request = new RenewRequest
        {
            Challenge = challenge.Challenge,
            Evidence = ByteString.CopyFrom(EvidenceWrapper.Wrap(quote)),
            Csr = ByteString.CopyFrom(CreateRequest(key, names ?? ["localhost"])),
        };
        change?.Invoke(request);
        return (await Mesh.RenewAsync(request), key);
    }

    /// <summary>PKCS#10 for a key.</summary>
    public static byte[] CreateRequest(ECDsa key, IReadOnlyList<string> names)
    {
        var request = new CertificateRequest(new X500DistinguishedName(string.Empty), key, HashAlgorithmName.SHA256);
        var builder = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            builder.AddDnsName(name);
        }

        request.CertificateExtensions.Add(builder.Build());
        return request.CreateSigningRequest();
    }

    /// <summary>The certificate of a reply, with the key that the Marble made.</summary>
    public static X509Certificate2 Complete(RenewResponse response, ECDsa key)
    {
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(response.Certificate.Span);
        using X509Certificate2 complete = leaf.CopyWithPrivateKey(key);
        return Exportable(complete);
    }

    public void Dispose()
    {
        _channel.Dispose();
        _handler.Dispose();
    }

    private static X509Certificate2 Exportable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
}

/// <summary>The calls of <c>marblerun.v1.Mesh</c>; the names are the wire's.</summary>
internal sealed class MeshCalls(CallInvoker invoker)
{
    private static CallOptions Options => new(cancellationToken: TestContext.Current.CancellationToken);

    public Task<ChallengeResponse> ChallengeAsync(ChallengeRequest request) =>
        CallAsync("Challenge", ChallengeRequest.Parser, ChallengeResponse.Parser, request);

    public Task<RenewResponse> RenewAsync(RenewRequest request) =>
        CallAsync("Renew", RenewRequest.Parser, RenewResponse.Parser, request);

    public AsyncServerStreamingCall<SignedTrustList> WatchTrust() => invoker.AsyncServerStreamingCall(
        Describe("WatchTrust", MethodType.ServerStreaming, WatchTrustRequest.Parser, SignedTrustList.Parser),
        null,
        Options,
        new WatchTrustRequest());

    private Task<TResponse> CallAsync<TRequest, TResponse>(
        string name, MessageParser<TRequest> requests, MessageParser<TResponse> responses, TRequest request)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        invoker.AsyncUnaryCall(Describe(name, MethodType.Unary, requests, responses), null, Options, request).ResponseAsync;

    private static Method<TRequest, TResponse> Describe<TRequest, TResponse>(
        string name, MethodType type, MessageParser<TRequest> request, MessageParser<TResponse> response)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        new(
            type,
            "marblerun.v1.Mesh",
            name,
            Marshallers.Create(r => r.ToByteArray(), request.ParseFrom),
            Marshallers.Create(r => r.ToByteArray(), response.ParseFrom));
}
