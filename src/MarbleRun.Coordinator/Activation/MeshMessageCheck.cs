using System.Globalization;
using System.IO.Pipelines;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Protos;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace MarbleRun.Coordinator.Activation;

/// <summary>
/// Refuses unreadable calls of the mesh port before gRPC reads them: gRPC would log each as an error with a stack trace, and
/// unauthenticated callers can send any number. They are counted, and logged at debug level. Their size and duration are limited before.
/// </summary>
internal sealed partial class MeshMessageCheck(GrpcMetrics metrics, ILogger<MeshMessageCheck> logger)
{
    private static readonly ServiceDescriptor[] s_services = [Marble.Descriptor, Mesh.Descriptor, Peer.Descriptor];

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is not { } method)
        {
            await next(context);
            Report(
                context,
                MetricLabel.Unknown,
                context.Response.StatusCode == StatusCodes.Status415UnsupportedMediaType ? "content_type" : "unknown_method");
            return;
        }

        if (!IsGrpc(context.Request))
        {
            Report(context, method.FullName, "content_type");
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (await FindFaultAsync(context, method) is not { } fault)
        {
            await next(context);
            return;
        }

        Report(context, method.FullName, fault.Reason);

        // A response without a body carries its status in the headers ("Trailers-Only", gRPC over HTTP/2).
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = ((int)fault.Code).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = fault.Message;
    }

    /// <summary>As gRPC for .NET accepts it: <c>application/grpc</c>, alone or with a suffix.</summary>
    private static bool IsGrpc(HttpRequest request) =>
        HttpMethods.IsPost(request.Method)
        && request.ContentType is { } type
        && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && (type.Length == "application/grpc".Length || type["application/grpc".Length] is '+' or ';');

    private static async Task<MessageFault?> FindFaultAsync(HttpContext context, IMethod method)
    {
        MessageDescriptor? type = s_services
            .FirstOrDefault(s => s.FullName == method.ServiceName)?
            .FindMethodByName(method.Name)?
            .InputType;
        PipeReader body = context.Request.BodyReader;
        try
        {
            while (true)
            {
                ReadResult read = await body.ReadAsync(context.RequestAborted);
                MessageFault? fault = MessageFault.Find(read.Buffer, read.IsCompleted, type);
                if (fault is not null || read.IsCompleted)
                {
                    // Nothing is consumed: gRPC reads the body from its beginning.
                    body.AdvanceTo(read.Buffer.Start);
                    return fault;
                }

                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return new MessageFault(StatusCode.Cancelled, "The message did not arrive.", "aborted");
        }
    }

    private void Report(HttpContext context, string method, string reason)
    {
        metrics.Unreadable(reason);
        Log.Unreadable(logger, method, context.Connection.RemoteIpAddress?.ToString(), context.Connection.RemotePort, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.CallUnreadable,
            LogLevel.Debug,
            "A call of {Method} from {PeerAddress} port {PeerPort} was refused before it was read: {Reason}.",
            EventName = "CallUnreadable")]
        public static partial void Unreadable(ILogger logger, string method, string? peerAddress, int peerPort, string reason);
    }
}
