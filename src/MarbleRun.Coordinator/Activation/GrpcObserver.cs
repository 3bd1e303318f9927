using Grpc.Core;
using Grpc.Core.Interceptors;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Counts and logs the start and end of calls of the mesh port; their content is not logged.</summary>
internal sealed partial class GrpcObserver(GrpcMetrics metrics, TimeProvider timeProvider, ILogger<GrpcObserver> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        ObserveAsync(context, () => continuation(request, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        ObserveAsync(context, async () =>
        {
            await continuation(request, responseStream, context);
            return true;
        });

    private async Task<T> ObserveAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        // "/service/method"; only mapped methods reach this code.
        string[] name = context.Method.Split('/');
        (string service, string method, string peer) = (name[1], name[2], context.Peer);
        long start = timeProvider.GetTimestamp();
        metrics.Started(service, method);
        Log.Started(logger, service, method, peer);
        var code = StatusCode.Unknown;
        try
        {
            T response = await call();
            code = context.Status.StatusCode;
            return response;
        }
        catch (RpcException exception)
        {
            code = exception.StatusCode;
            throw;
        }
        catch (OperationCanceledException)
        {
            code = StatusCode.Cancelled;
            throw;
        }
        finally
        {
            string spelled = GrpcCode.Spell(code);
            LogLevel level = LevelOf(code);
            double milliseconds = timeProvider.GetElapsedTime(start).TotalMilliseconds;
            metrics.Finished(service, method, spelled);
            Log.Finished(logger, level, service, method, peer, spelled, milliseconds);
        }
    }

    /// <summary>
    /// The levels of MarbleRun 1.9, except for <see cref="StatusCode.Internal"/>: it is also the answer to wrong input of a Marble, for
    /// instance a CSR, and an event that a caller can cause is not an error of the Coordinator. A state that cannot be made durable has its
    /// own error event.
    /// </summary>
    internal static LogLevel LevelOf(StatusCode code) => code switch
    {
        StatusCode.OK or StatusCode.NotFound or StatusCode.Cancelled or StatusCode.AlreadyExists or StatusCode.InvalidArgument
            or StatusCode.Unauthenticated => LogLevel.Information,
        StatusCode.DeadlineExceeded or StatusCode.PermissionDenied or StatusCode.ResourceExhausted or StatusCode.FailedPrecondition
            or StatusCode.Aborted or StatusCode.OutOfRange or StatusCode.Unavailable or StatusCode.Internal => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    private static partial class Log
    {
        [LoggerMessage(EventIds.CallStarted, LogLevel.Debug, "Started call of {Service}/{Method} from {Peer}.", EventName = "CallStarted")]
        public static partial void Started(ILogger logger, string service, string method, string peer);

        [LoggerMessage(
            EventId = EventIds.CallFinished,
            Message = "Finished call of {Service}/{Method} from {Peer} with {Code} after {Milliseconds:0.0} ms.",
            EventName = "CallFinished")]
        public static partial void Finished(
            ILogger logger, LogLevel level, string service, string method, string peer, string code, double milliseconds);
    }
}
