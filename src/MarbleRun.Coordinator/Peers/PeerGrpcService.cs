using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Peers;

/// <summary><c>marblerun.v1.Peer</c>: converts between the protocol and the services.</summary>
internal sealed class PeerGrpcService(KeyHolder holder, StatusSigner status) : Peer.PeerBase
{
    public static uint NumberOf(SealingPolicy policy) => policy == SealingPolicy.UniqueKey ? 1u : 2u;

    public static SealingPolicy? PolicyOf(uint number) => number switch
    {
        1 => SealingPolicy.UniqueKey,
        2 => SealingPolicy.ProductKey,
        _ => null,
    };

    public override async Task<PeerHelloResponse> Hello(PeerHelloRequest request, ServerCallContext context)
    {
        if (request.Nonce.Length is not (0 or PeerStatus.NonceSize))
        {
            throw Refuse(StatusCode.InvalidArgument, $"the nonce has {request.Nonce.Length} bytes instead of {PeerStatus.NonceSize}");
        }

        try
        {
            var caller = Caller.Of(context.GetHttpContext().Connection.RemoteIpAddress, isKnown: false);
            return await status.AnswerAsync(request.Nonce, caller, context.CancellationToken);
        }
        catch (BusyException exception)
        {
            throw Refuse(StatusCode.Unavailable, exception.Message);
        }
    }

    public override Task<PeerChallengeResponse> Challenge(PeerChallengeRequest request, ServerCallContext context)
    {
        try
        {
            (byte[] challenge, PeerBinding deployment) = holder.Challenge(context.GetHttpContext().Connection.ClientCertificate);
            return Task.FromResult(new PeerChallengeResponse
            {
                Challenge = UnsafeByteOperations.UnsafeWrap(challenge),
                RootFingerprint = UnsafeByteOperations.UnsafeWrap(deployment.RootHash),
                ManifestFingerprint = UnsafeByteOperations.UnsafeWrap(deployment.ManifestHash),
            });
        }
        catch (HandOverException exception)
        {
            throw Refuse(exception.StatusCode, exception.Message);
        }
    }

    public override async Task<PeerKeysResponse> GetKeys(PeerKeysRequest request, ServerCallContext context)
    {
        ConnectionInfo connection = context.GetHttpContext().Connection;
        try
        {
            HandOver given = await holder.HandOverAsync(
                new KeyRequest(
                    connection.ClientCertificate,
                    request.Challenge.Memory,
                    request.Nonce.Memory,
                    PolicyOf(request.Policy) ?? throw new HandOverException(StatusCode.InvalidArgument, "the policy is unknown"),
                    request.KeyId.Memory,
                    request.Evidence.Memory,
                    connection.RemoteIpAddress?.ToString() ?? "unknown",
                    Caller.Of(connection.RemoteIpAddress, isKnown: false)),
                context.CancellationToken);
            var answer = new PeerKeysResponse { Evidence = UnsafeByteOperations.UnsafeWrap(EvidenceWrapper.Wrap(given.Evidence)) };
            foreach (DeploymentKey key in given.Keys)
            {
                answer.Keys.Add(new PeerKey { Policy = NumberOf(key.Policy), Key = ByteString.CopyFrom(key.Bytes) });
                key.Dispose();
            }

            return answer;
        }
        catch (HandOverException exception)
        {
            throw Refuse(exception.StatusCode, exception.Message);
        }
        catch (BusyException exception)
        {
            throw Refuse(StatusCode.Unavailable, exception.Message);
        }
        catch (StateStoreException exception)
        {
            throw Refuse(StatusCode.Unavailable, exception.Message);
        }
        catch (AttestationException)
        {
            throw Refuse(StatusCode.Unavailable, "the platform gives no evidence at the moment");
        }
        catch (AuditException)
        {
            // The audit trail's event contains the cause.
            throw Refuse(StatusCode.Internal, "the audit trail cannot be written, so the hand-over was refused");
        }
    }

    private static RpcException Refuse(StatusCode code, string detail) => new(new Status(code, detail));
}
