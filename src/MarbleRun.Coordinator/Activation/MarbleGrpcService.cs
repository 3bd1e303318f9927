using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Activation;

/// <summary><c>/rpc.Marble/Activate</c>: converts between the protocol and <see cref="ActivationService"/>.</summary>
internal sealed class MarbleGrpcService(ActivationService activation) : Marble.MarbleBase
{
    public override async Task<ActivationResp> Activate(ActivationReq request, ServerCallContext context)
    {
        HttpContext http = context.GetHttpContext();
        byte[]? certificate = http.Connection.ClientCertificate?.RawData;
        try
        {
            ActivationResult result = await activation.ActivateAsync(
                new ActivationRequest(
                    certificate, Quote.FromEvidence(request.Quote.Span), request.CSR.Memory, request.MarbleType, request.UUID)
                {
                    Renews = request.Renews,
                    Caller = Caller.Of(http.Connection.RemoteIpAddress, isKnown: false),
                },
                context.CancellationToken);
            return ToResponse(result);
        }
        catch (ActivationRefusedException exception)
        {
            throw new RpcException(new Status(exception.StatusCode, exception.Message));
        }
        catch (AuditException)
        {
            // The audit trail's event contains the cause.
            throw new RpcException(new Status(StatusCode.Internal, "the audit trail cannot be written, so the activation was refused"));
        }
        catch (StateStoreException exception) when (exception.IsTemporary)
        {
            // The event of the store contains the cause. A repeated activation is not counted twice.
            throw new RpcException(new Status(
                StatusCode.Unavailable, "the store of the Coordinators does not answer at the moment; activate again"));
        }
        catch (StateStoreException)
        {
            // The writer's event contains the cause.
            throw new RpcException(new Status(StatusCode.Internal, "committing store transaction: the state could not be made durable"));
        }
    }

    private static ActivationResp ToResponse(ActivationResult result)
    {
        var parameters = new Parameters();
        foreach ((string path, ReadOnlyMemory<byte> content) in result.Files)
        {
            parameters.Files.Add(path, UnsafeByteOperations.UnsafeWrap(content));
        }

        foreach ((string name, ReadOnlyMemory<byte> value) in result.Environment)
        {
            parameters.Env.Add(name, UnsafeByteOperations.UnsafeWrap(value));
        }

        parameters.Argv.AddRange(result.Arguments);
        return new ActivationResp
        {
            Parameters = parameters,
            ParametersVersion = UnsafeByteOperations.UnsafeWrap(result.Version),
        };
    }
}
