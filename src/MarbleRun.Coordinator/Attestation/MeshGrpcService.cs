using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Attestation;

/// <summary><c>/marblerun.v1.Mesh/Attest</c>: from the wire to <see cref="MeshAttestation"/> and back.</summary>
internal sealed partial class MeshGrpcService(MeshAttestation attestation, CurrentState current, ILogger<MeshGrpcService> logger)
    : Mesh.MeshBase
{
    public override async Task<AttestResponse> Attest(AttestRequest request, ServerCallContext context)
    {
        CoordinatorState state = current.Value;
        MeshManifest manifest = state.Manifest ?? throw Refuse(StatusCode.FailedPrecondition, "cannot attest to marbles in current state");
        if (request.Nonce.Length != AttestationBinding.NonceSize)
        {
            throw Refuse(
                StatusCode.InvalidArgument, $"the nonce has {request.Nonce.Length} bytes instead of {AttestationBinding.NonceSize}");
        }

        try
        {
            Quote quote = await attestation.AttestAsync(
                state, manifest, request.Nonce.Memory, RequestCaller.Of(context.GetHttpContext(), state), context.CancellationToken);
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
