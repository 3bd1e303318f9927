using System.Net;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Http;

/// <summary>Counts every request of the client port and writes the access log, in a separate category, so that its level can be set
/// separately.</summary>
internal sealed partial class ApiObserver(ApiMetrics metrics, TimeProvider timeProvider, ILogger<ApiObserver> logger)
{
    /// <param name="context">The request.</param>
    /// <param name="path">A path of the API, or null: an unknown path from a caller is not used in a label or in the access log.</param>
    /// <param name="answer">Answers the request.</param>
    public async Task ObserveAsync(HttpContext context, string? path, RequestDelegate answer)
    {
        long start = timeProvider.GetTimestamp();
        path ??= MetricLabel.Unknown;
        string method = MetricLabel.Method(context.Request.Method);
        metrics.Started(path);
        try
        {
            await answer(context);
        }
        catch
        {
            // The server answers with this status, if the connection is still open.
            context.Response.StatusCode = context.Response.HasStarted
                ? context.Response.StatusCode
                : StatusCodes.Status500InternalServerError;
            throw;
        }
        finally
        {
            TimeSpan duration = timeProvider.GetElapsedTime(start);
            ConnectionInfo peer = context.Connection;
            LogLevel level = IsSuccessfulRead(context) ? LogLevel.Debug : LogLevel.Information;
            Log.Answered(
                logger,
                level,
                method,
                path,
                peer.RemoteIpAddress,
                peer.RemotePort,
                context.Response.StatusCode,
                duration.TotalMilliseconds);
            metrics.Finished(path, method, context, duration);
        }
    }

    /// <summary>Probes and relying parties request status and quote frequently; changes and failures are logged at a higher
    /// level.</summary>
    private static bool IsSuccessfulRead(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && context.Response.StatusCode < StatusCodes.Status400BadRequest;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.RequestAnswered,
            Message = "{Method} {Path} of {PeerAddress} port {PeerPort} was answered with {StatusCode} after {Milliseconds:0.0} ms.",
            EventName = "RequestAnswered")]
        public static partial void Answered(
            ILogger logger,
            LogLevel level,
            string method,
            string path,
            IPAddress? peerAddress,
            int peerPort,
            int statusCode,
            double milliseconds);
    }
}
