using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Protos;

namespace MarbleRun.Benchmarks.Marbles;

/// <summary>One of many Marbles, reduced to its calls: it activates, watches the trust of the mesh, and renews.</summary>
internal sealed class CrowdMarble : IDisposable
{
    private readonly IQuoteIssuer _issuer;
    private readonly SocketsHttpHandler _handler;
    private readonly GrpcChannel _channel;
    private readonly Mesh.MeshClient _mesh;
    private readonly byte[] _rootHash;
    private AsyncServerStreamingCall<SignedTrustList>? _watch;

    private CrowdMarble(IPEndPoint coordinator, IQuoteIssuer issuer, X509Certificate2 certificate, byte[] rootHash)
    {
        (Certificate, _issuer, _rootHash) = (certificate, issuer, rootHash);
        _handler = PreparedMarble.CreateHandler(certificate);
        _channel = GrpcChannel.ForAddress($"https://{coordinator}", new GrpcChannelOptions { HttpHandler = _handler });
        _mesh = new Mesh.MeshClient(_channel);
    }

    public X509Certificate2 Certificate { get; }

    public required Guid Uuid { get; init; }

    /// <summary>How often the Coordinator asked to come again later.</summary>
    public int Postponed { get; private set; }

    /// <param name="coordinator">The address of its mesh port.</param>
    /// <param name="issuer">Issues the Marble's quotes; it has an attestation key of its own.</param>
    /// <param name="marbleType">A type of the manifest.</param>
    public static async Task<CrowdMarble> ActivateAsync(IPEndPoint coordinator, IQuoteIssuer issuer, string marbleType)
    {
        var uuid = Guid.NewGuid();
        using PreparedMarble marble = await PreparedMarble.CreateAsync(issuer);
        ActivationResp reply = await marble.ActivateAsync(coordinator, marbleType, uuid);
        using var leaf = X509Certificate2.CreateFromPem(
            reply.Parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8(),
            reply.Parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8());
        using var root = X509Certificate2.CreateFromPem(reply.Parameters.Env["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"].ToStringUtf8());
        return new CrowdMarble(
            coordinator,
            issuer,
            X509CertificateLoader.LoadCertificate(leaf.RawData).CopyWithPrivateKey(leaf.GetECDsaPrivateKey()!),
            SHA256.HashData(root.RawData))
        {
            Uuid = uuid,
        };
    }

    /// <summary>Opens the stream, and returns with its first list.</summary>
    public Task WatchAsync()
    {
        _watch = _mesh.WatchTrust(new WatchTrustRequest());
        return WaitForAsync(_ => true);
    }

    /// <summary>Reads until a list comes for which a condition holds.</summary>
    public async Task WaitForAsync(Func<TrustList, bool> condition)
    {
        do
        {
            if (!await _watch!.ResponseStream.MoveNext(CancellationToken.None))
            {
                throw new InvalidOperationException("The stream has ended.");
            }
        }
        while (!condition(TrustList.Parser.ParseFrom(_watch.ResponseStream.Current.List)));
    }

    /// <summary>Renews, and comes again as often as the Coordinator asks for it.</summary>
    public async Task RenewAsync()
    {
        while (true)
        {
            try
            {
                await RenewOnceAsync();
                return;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable
                && e.Trailers.GetValue("marblerun-retry-after") is { } later)
            {
                Postponed++;
                await Task.Delay(TimeSpan.FromSeconds(int.Parse(later, System.Globalization.CultureInfo.InvariantCulture)));
            }
        }
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _channel.Dispose();
        _handler.Dispose();
    }

    private async Task RenewOnceAsync()
    {
        ChallengeResponse challenge = await _mesh.ChallengeAsync(new ChallengeRequest());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var binding = new AttestationBinding
        {
            Purpose = AttestationBinding.MarbleRenewal,
            Role = AttestationBinding.MarbleRole,
            Nonce = challenge.Challenge.Memory,
            KeyHash = SHA256.HashData(key.ExportSubjectPublicKeyInfo()),
            RootHash = _rootHash,
            ManifestHash = challenge.ManifestFingerprint.Memory,
        };
        Quote quote = await _issuer.IssueAsync(binding.ToReportData(), CancellationToken.None);
        await _mesh.RenewAsync(new RenewRequest
        {
            Challenge = challenge.Challenge,
            Evidence = ByteString.CopyFrom(EvidenceWrapper.Wrap(quote)),
            Csr = ByteString.CopyFrom(
                new CertificateRequest(new X500DistinguishedName(string.Empty), key, HashAlgorithmName.SHA256).CreateSigningRequest()),
        });
    }
}
