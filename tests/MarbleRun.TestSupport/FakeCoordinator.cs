using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.TestSupport;

/// <summary>
/// The least Coordinator that a Marble can talk to: real gRPC over real TLS, which answers whatever the test wants. It checks nothing.
/// </summary>
public sealed class FakeCoordinator : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeCoordinator(WebApplication app, TestAuthority authority)
    {
        _app = app;
        ServerCertificate = authority.MarbleRoot;
        Handler = call => Reply(authority, authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
    }

    /// <summary>The address, <c>host:port</c>.</summary>
    public string Address { get; private set; } = string.Empty;

    /// <summary>What the server shows: the Marble root.</summary>
    public X509Certificate2 ServerCertificate { get; set; }

    /// <summary>Answers a call, or throws <see cref="RpcException"/>.</summary>
    public Func<FakeActivation, FakeReply> Handler { get; set; }

    /// <summary>Says who this is, for a nonce; null for a Coordinator of MarbleRun 1.9, which is not asked that.</summary>
    public Func<byte[], FakeAttestation>? Attestation { get; set; }

    /// <summary>Renews certificates; null for a Coordinator that knows no renewal.</summary>
    public FakeRenewals? Renewals { get; set; }

    /// <summary>Sends trust lists; null for a Coordinator that has none.</summary>
    public FakeTrust? Trust { get; set; }

    /// <summary>All activations so far.</summary>
    public ConcurrentQueue<FakeActivation> Calls { get; } = new();

    public static async Task<FakeCoordinator> StartAsync(TestAuthority authority)
    {
        FakeCoordinator? coordinator = null;
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_ => coordinator!);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(https =>
            {
                https.ServerCertificateSelector = (_, _) => coordinator!.ServerCertificate;
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (_, _, _) => true;
            });
        }));
        WebApplication app = builder.Build();
        coordinator = new FakeCoordinator(app, authority);
        app.MapGrpcService<Service>();
        app.MapGrpcService<MeshService>();
        await app.StartAsync();
        coordinator.Address = new Uri(app.Urls.Single()).Authority;
        return coordinator;
    }

    /// <summary>A good reply for a leaf.</summary>
    public static FakeReply Reply(TestAuthority authority, X509Certificate2 leaf) => new()
    {
        Environment = authority.CreateReservedVariables(leaf).ToDictionary(v => v.Key, v => Encoding.UTF8.GetBytes(v.Value)),
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class MeshService(FakeCoordinator coordinator) : Mesh.MeshBase
    {
        public override Task<AttestResponse> Attest(AttestRequest request, ServerCallContext context)
        {
            Func<byte[], FakeAttestation> attest =
                coordinator.Attestation
                    ?? throw new RpcException(new Status(StatusCode.Unimplemented, "unknown service marblerun.v1.Mesh"));
            FakeAttestation said = attest(request.Nonce.ToByteArray());
            return Task.FromResult(new AttestResponse
            {
                Evidence = ByteString.CopyFrom(said.Evidence),
                RootCertificate = ByteString.CopyFrom(said.Root),
                IntermediateCertificate = ByteString.CopyFrom(said.Intermediate),
                ManifestFingerprint = ByteString.CopyFrom(said.ManifestFingerprint),
                OwnerSignatures = ByteString.CopyFrom(said.OwnerSignatures),
            });
        }

        public override Task<ChallengeResponse> Challenge(ChallengeRequest request, ServerCallContext context)
        {
            FakeRenewals renewals = Renewals();
            return Task.FromResult(new ChallengeResponse
            {
                Challenge = ByteString.CopyFrom(renewals.Challenge()),
                ManifestFingerprint = ByteString.CopyFrom(renewals.ManifestFingerprint()),
            });
        }

        public override async Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context)
        {
            FakeRenewals renewals = Renewals();
            var call = new FakeRenewal(
                request.Challenge.ToByteArray(),
                request.Evidence.ToByteArray(),
                request.Csr.ToByteArray(),
                context.GetHttpContext().Connection.ClientCertificate!)
            {
                Abandoned = context.CancellationToken,
                KnownParameters = request.HasKnownParameters ? request.KnownParameters.ToStringUtf8() : null,
            };
            renewals.Calls.Writer.TryWrite(call);
            FakeRenewalReply reply = await renewals.Handler(call);
            return new RenewResponse
            {
                Certificate = ByteString.CopyFrom(reply.Certificate),
                IntermediateCertificate = ByteString.CopyFrom(reply.Intermediate),
                MarbleRootCertificate = ByteString.CopyFrom(reply.MarbleRoot),
                Parameters = reply.Parameters is { } parameters ? ToMessage(parameters) : null,
            };
        }

        private static RenewedParameters ToMessage(FakeReply reply)
        {
            var parameters = new RenewedParameters
            {
                Version = ByteString.CopyFromUtf8(reply.Version),
                IdentityFiles = { reply.IdentityFiles },
                IdentityVariables = { reply.IdentityVariables },
                Fault = reply.Fault,
            };
            parameters.Files.Add(reply.Files.ToDictionary(f => f.Key, f => ByteString.CopyFrom(f.Value)));
            parameters.Environment.Add(reply.Environment.ToDictionary(v => v.Key, v => ByteString.CopyFrom(v.Value)));
            return parameters;
        }

        public override async Task WatchTrust(
            WatchTrustRequest request, IServerStreamWriter<SignedTrustList> responseStream, ServerCallContext context)
        {
            FakeTrust trust = coordinator.Trust ?? throw new RpcException(new Status(StatusCode.Unimplemented, "unknown method"));
            trust.Opened();
            while (true)
            {
                (byte[]? list, Task<StatusCode?> end) = trust.Read();
                if (list is not null)
                {
                    await responseStream.WriteAsync(SignedTrustList.Parser.ParseFrom(list), context.CancellationToken);
                }

                if (await end.WaitAsync(context.CancellationToken) is { } code)
                {
                    throw new RpcException(new Status(code, "the test ends the stream"));
                }
            }
        }

        private FakeRenewals Renewals() =>
            coordinator.Renewals ?? throw new RpcException(new Status(StatusCode.Unimplemented, "unknown method"));
    }

    private sealed class Service(FakeCoordinator coordinator) : Marble.MarbleBase
    {
        public override Task<ActivationResp> Activate(ActivationReq request, ServerCallContext context)
        {
            var call = new FakeActivation(
                request.Quote.ToByteArray(),
                request.CSR.ToByteArray(),
                request.MarbleType,
                request.UUID,
                context.GetHttpContext().Connection.ClientCertificate!.RawData,
                request.Renews);
            coordinator.Calls.Enqueue(call);
            FakeReply reply = coordinator.Handler(call);
            var parameters = new Parameters();
            parameters.Files.Add(reply.Files.ToDictionary(f => f.Key, f => ByteString.CopyFrom(f.Value)));
            parameters.Env.Add(reply.Environment.ToDictionary(v => v.Key, v => ByteString.CopyFrom(v.Value)));
            parameters.Argv.Add(reply.Arguments);
            return Task.FromResult(new ActivationResp
            {
                Parameters = parameters,
                ParametersVersion = ByteString.CopyFromUtf8(reply.Version),
            });
        }
    }
}
