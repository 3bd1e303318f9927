using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.Renewal;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Hosting;

/// <summary><c>marblerun.v1.Mesh</c>: converts between the protocol and the services.</summary>
internal sealed partial class MeshGrpcService(
    MeshAttestation attestation,
    RenewalService renewals,
    TrustWatch watch,
    StateFreshness freshness,
    CurrentState current,
    TimeProvider timeProvider,
    ILogger<MeshGrpcService> logger)
    : Mesh.MeshBase
{
    /// <summary>The trailer of a refusal that says when to come again, in seconds.</summary>
    private const string RetryAfter = "marblerun-retry-after";

    public override async Task<AttestResponse> Attest(AttestRequest request, ServerCallContext context)
    {
        await RequireNewestAsync(context);
        CoordinatorState state = current.Value;
        MeshManifest manifest = state.Manifest ?? throw Refuse(StatusCode.FailedPrecondition, "cannot attest to marbles in current state");
        if (request.Nonce.Length != AttestationBinding.NonceSize)
        {
            throw Refuse(
                StatusCode.InvalidArgument, $"the nonce has {request.Nonce.Length} bytes instead of {AttestationBinding.NonceSize}");
        }

        try
        {
            // A Marble that renews takes its place from no other one's share.
            bool isMarble = CertificateOf(context) is { } leaf && state.Identify(leaf, timeProvider.GetUtcNow(), out _) is not null;
            Quote quote = await attestation.AttestAsync(
                state,
                manifest,
                request.Nonce.Memory,
                Caller.Of(context.GetHttpContext().Connection.RemoteIpAddress, isMarble),
                context.CancellationToken);
            return new AttestResponse
            {
                Evidence = UnsafeByteOperations.UnsafeWrap(EvidenceWrapper.Wrap(quote)),
                RootCertificate = UnsafeByteOperations.UnsafeWrap(state.Authority.Root.RawDataMemory),
                IntermediateCertificate = UnsafeByteOperations.UnsafeWrap(state.Authority.Intermediate.RawDataMemory),
                ManifestFingerprint = UnsafeByteOperations.UnsafeWrap(Convert.FromHexString(manifest.Fingerprint)),
                OwnerSignatures = state.ManifestSignatures.IsEmpty
                    ? ByteString.Empty
                    : UnsafeByteOperations.UnsafeWrap(ManifestSignatures.Write(state.ManifestSignatures)),
            };
        }
        catch (BusyException exception)
        {
            throw Refuse(StatusCode.Unavailable, exception.Message);
        }
        catch (AttestationException exception)
        {
            // Only the operator learns what is wrong with the platform, not the caller.
            Log.NoQuote(logger, exception);
            throw Refuse(StatusCode.Unavailable, "the platform gives no quote at the moment");
        }
    }

    public override async Task<ChallengeResponse> Challenge(ChallengeRequest request, ServerCallContext context)
    {
        await RequireNewestAsync(context);
        try
        {
            (byte[] challenge, MeshManifest manifest) = renewals.Challenge(CertificateOf(context));
            return new ChallengeResponse
            {
                Challenge = UnsafeByteOperations.UnsafeWrap(challenge),
                ManifestFingerprint = UnsafeByteOperations.UnsafeWrap(Convert.FromHexString(manifest.Fingerprint)),
            };
        }
        catch (RenewalRefusedException exception)
        {
            throw Refuse(exception);
        }
    }

    public override async Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context)
    {
        await RequireNewestAsync(context);
        HttpContext http = context.GetHttpContext();
        try
        {
            RenewedCertificate renewed = await renewals.RenewAsync(
                new RenewalRequest(
                    CertificateOf(context),
                    request.Challenge.Memory,
                    request.Evidence.Memory,
                    request.Csr.Memory,
                    Caller.Of(http.Connection.RemoteIpAddress, isKnown: true))
                {
                    KnownParameters = request.HasKnownParameters ? request.KnownParameters.Memory : (ReadOnlyMemory<byte>?)null,
                },
                context.CancellationToken);
            return new RenewResponse
            {
                Certificate = UnsafeByteOperations.UnsafeWrap(renewed.Certificate),
                IntermediateCertificate = UnsafeByteOperations.UnsafeWrap(renewed.Authority.Intermediate.RawDataMemory),
                MarbleRootCertificate = UnsafeByteOperations.UnsafeWrap(renewed.Authority.MarbleRoot.RawDataMemory),
                Parameters = renewed.Parameters is { } parameters ? ToAnswer(parameters) : null,
            };
        }
        catch (RenewalRefusedException exception)
        {
            throw Refuse(exception);
        }
        catch (AuditException)
        {
            // The audit trail's event contains the cause.
            throw Refuse(StatusCode.Internal, "the audit trail cannot be written, so the renewal was refused");
        }
    }

    public override async Task WatchTrust(
        WatchTrustRequest request, IServerStreamWriter<SignedTrustList> responseStream, ServerCallContext context)
    {
        await RequireNewestAsync(context);
        try
        {
            await watch.RunAsync(CertificateOf(context), responseStream.WriteAsync, context.CancellationToken);
        }
        catch (RenewalRefusedException exception)
        {
            throw Refuse(exception);
        }
    }

    private async ValueTask RequireNewestAsync(ServerCallContext context)
    {
        try
        {
            await freshness.RequireNewestAsync(context.CancellationToken);
        }
        catch (StateStoreException)
        {
            // The event of the store contains the cause.
            throw Refuse(StatusCode.Unavailable, "the store of the Coordinators does not answer at the moment");
        }
    }

    private static RenewedParameters ToAnswer(RefreshedParameters parameters)
    {
        var answer = new RenewedParameters
        {
            Version = UnsafeByteOperations.UnsafeWrap(parameters.Version),
            IdentityFiles = { parameters.IdentityFiles },
            IdentityVariables = { parameters.IdentityVariables },
            Fault = parameters.Fault ?? string.Empty,
        };
        foreach ((string path, ReadOnlyMemory<byte> content) in parameters.Files)
        {
            answer.Files.Add(path, UnsafeByteOperations.UnsafeWrap(content));
        }

        foreach ((string name, ReadOnlyMemory<byte> value) in parameters.Environment)
        {
            answer.Environment.Add(name, UnsafeByteOperations.UnsafeWrap(value));
        }

        return answer;
    }

    private static X509Certificate2? CertificateOf(ServerCallContext context) => context.GetHttpContext().Connection.ClientCertificate;

    private static RpcException Refuse(RenewalRefusedException exception) => exception.RetryAfter is { } later
        ? new RpcException(
            new Status(exception.StatusCode, exception.Message),
            new Metadata { { RetryAfter, ((long)Math.Ceiling(later.TotalSeconds)).ToString(CultureInfo.InvariantCulture) } })
        : Refuse(exception.StatusCode, exception.Message);

    private static RpcException Refuse(StatusCode code, string detail) => new(new Status(code, detail));

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.AttestationFailed,
            LogLevel.Error,
            "The platform gave no quote for a Marble that asked who this Coordinator is; Marbles that ask cannot start.",
            EventName = "AttestationFailed")]
        public static partial void NoQuote(ILogger logger, Exception exception);
    }
}
