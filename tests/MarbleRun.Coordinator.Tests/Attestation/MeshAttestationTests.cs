using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Attestation;

/// <summary><c>/marblerun.v1.Mesh/Attest</c>: the Coordinator says who it is, for one session.</summary>
public sealed class MeshAttestationTests : CoordinatorTest
{
    private static readonly byte[] s_nonce = RandomNumberGenerator.GetBytes(32);


    [Fact]
    [Trait("Security", "C1")]
    public async Task Attest_WithAManifest_BindsNonceServerKeyRootAndManifest()
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        byte[]? shown = null;

        AttestResponse response = await AttestAsync(host, s_nonce, certificate => shown = certificate);

        CoordinatorState state = host.Services.GetRequiredService<CurrentState>().Value;
        Assert.Equal(state.Authority.Root.RawData, response.RootCertificate.ToByteArray());
        Assert.Equal(state.Authority.Intermediate.RawData, response.IntermediateCertificate.ToByteArray());
        Assert.Equal(state.Manifest!.Fingerprint, Convert.ToHexStringLower(response.ManifestFingerprint.Span));
        using X509Certificate2 server = X509CertificateLoader.LoadCertificate(shown!);
        var binding = new AttestationBinding
        {
            Purpose = "coordinator attests to marble",
            Role = "coordinator",
            Nonce = s_nonce,
            KeyHash = SHA256.HashData(server.PublicKey.ExportSubjectPublicKeyInfo()),
            RootHash = SHA256.HashData(response.RootCertificate.Span),
            ManifestHash = response.ManifestFingerprint.Memory,
        };
        Assert.True(EvidenceWrapper.TryUnwrap(response.Evidence.Span, out Quote? quote, out string? fault), fault);
        Verdict verdict = await host.Platform.CreateVerifier().VerifyAsync(
            quote,
            new QuoteExpectation
            {
                ReportData = binding.ToReportData(),
                Package = host.Platform.MeasureRunningProcess().ToPackageProperties(),
            },
            Cancellation);
        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Fact]
    public async Task Attest_ManifestThatAnOwnerSigned_CarriesTheSignature()
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        string fingerprint = host.Services.GetRequiredService<CurrentState>().Value.Manifest!.Fingerprint;
        using var owner = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = ManifestSignature.Sign(fingerprint, owner, 3);

        AttestResponse before = await AttestAsync(host, s_nonce);
        await host.Services
            .GetRequiredService<StateWriter>()
            .ChangeAsync(state => (state with { ManifestSignatures = [signature] }, true), Cancellation);
        AttestResponse after = await AttestAsync(host, s_nonce);

        Assert.True(before.OwnerSignatures.IsEmpty);
        ManifestSignatureVerdict verdict = ManifestSignatures.Verify(
            ManifestSignatures.Parse(after.OwnerSignatures.Memory), fingerprint, [OwnerKey.Of(owner)], 3, TimeProvider.System.GetUtcNow());
        Assert.True(verdict.IsAccepted, verdict.Message);
    }

    [Fact]
    public async Task Attest_BeforeAManifest_SaysThatItIsTooEarly()
    {
        CoordinatorHost host = await StartAsync();

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => AttestAsync(host, s_nonce));

        Assert.Equal(StatusCode.FailedPrecondition, exception.StatusCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    [Trait("Security", "C2")]
    public async Task Attest_NonceOfAnotherLength_IsRefused(int length)
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => AttestAsync(host, new byte[length]));

        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        Assert.Contains($"{length} bytes instead of 32", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "G2")]
    public async Task Attest_MoreThanAnAddressMayHaveAtOnce_IsUnavailableAndComesLater()
    {
        var issuer = new WaitingIssuer();
        CoordinatorHost host = await StartAsync(services => services.AddSingleton<IQuoteIssuer>(sp => issuer.Over(SimulatedIssuer.Of(sp))));
        await TestManifest.SetAsync(host);
        issuer.Close();

        Task<AttestResponse>[] asked = [.. Enumerable.Range(0, 40).Select(_ => AttestAsync(host, RandomNumberGenerator.GetBytes(32)))];
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await await Task.WhenAny(asked));
        issuer.Open();
        await Task.WhenAll(asked.Select(a => a.ContinueWith(_ => { }, Cancellation, TaskContinuationOptions.None, TaskScheduler.Default)));

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Contains(asked, a => a.IsCompletedSuccessfully);
        await AttestAsync(host, s_nonce);
    }

    [Fact]
    public async Task Attest_PlatformThatGivesNoQuote_IsUnavailableAndInformsTheOperatorAlone()
    {
        var issuer = new WaitingIssuer();
        CoordinatorHost host = await StartAsync(services => services.AddSingleton<IQuoteIssuer>(sp => issuer.Over(SimulatedIssuer.Of(sp))));
        await TestManifest.SetAsync(host);
        issuer.Failure = new AttestationException(AttestationFailure.IssuanceFailed, "the socket of the daemon is gone");

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => AttestAsync(host, s_nonce));

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.DoesNotContain("daemon", exception.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(host.Logs.Entries, e => e.Contains("the socket of the daemon is gone", StringComparison.Ordinal));
    }

    private static async Task<AttestResponse> AttestAsync(CoordinatorHost host, byte[] nonce, Action<byte[]>? see = null)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = [CoordinatorHost.CreateMarbleCredentials().Certificate],
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    see?.Invoke(certificate!.GetRawCertData());
                    return certificate is not null;
                },
            },
        };
        using var channel = GrpcChannel.ForAddress($"https://{host.Mesh}", new GrpcChannelOptions { HttpHandler = handler });
        var method = new Method<AttestRequest, AttestResponse>(
            MethodType.Unary,
            "marblerun.v1.Mesh",
            "Attest",
            Marshallers.Create(m => m.ToByteArray(), AttestRequest.Parser.ParseFrom),
            Marshallers.Create(m => m.ToByteArray(), AttestResponse.Parser.ParseFrom));
        return await channel.CreateCallInvoker()
            .AsyncUnaryCall(
                method,
                host: null,
                new CallOptions(cancellationToken: Cancellation),
                new AttestRequest { Nonce = ByteString.CopyFrom(nonce) });
    }

    private sealed class WaitingIssuer : IQuoteIssuer
    {
        private TaskCompletionSource _open = Opened();

        private IQuoteIssuer? _issuer;

        public AttestationException? Failure { get; set; }

        public WaitingIssuer Over(IQuoteIssuer issuer)
        {
            _issuer = issuer;
            return this;
        }

        public void Close() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open() => _open.TrySetResult();

        public async ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default)
        {
            await _open.Task.WaitAsync(cancellationToken);
            return Failure is null ? await _issuer!.IssueAsync(reportData, cancellationToken) : throw Failure;
        }

        private static TaskCompletionSource Opened()
        {
            var source = new TaskCompletionSource();
            source.SetResult();
            return source;
        }
    }
}
