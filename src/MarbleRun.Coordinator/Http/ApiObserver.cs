using System.Net;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Http;

/// <summary>Counts every request of the client port and writes the access log; a category of its own, so that it can be turned up or off by itself.</summary>
internal sealed partial class ApiObserver(ApiMetrics metrics, TimeProvider timeProvider, ILogger<ApiObserver> logger)
{
    /// <param name="context">The request.</param>
    /// <param name="path">A path of the API, or null: a stranger's path goes into no label and no access log.</param>
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
            // The server answers so, if anybody is there to be answered.
            context.Response.StatusCode = context.Response.HasStarted ? context.Response.StatusCode : StatusCodes.Status500InternalServerError;
            throw;
        }
        finally
        {
            TimeSpan duration = timeProvider.GetElapsedTime(start);
            ConnectionInfo peer = context.Connection;
            LogLevel level = IsSuccessfulRead(context) ? LogLevel.Debug : LogLevel.Information;
            Log.Answered(logger, level, method, path, peer.RemoteIpAddress, peer.RemotePort, context.Response.StatusCode, duration.TotalMilliseconds);
            metrics.Finished(path, method, context, duration);
        }
    }

    /// <summary>Probes and relying parties ask for status and quote all day; what changes or fails is worth a line.</summary>
    private static bool IsSuccessfulRead(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && context.Response.StatusCode < StatusCodes.Status400BadRequest;

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Message = "{Method} {Path} of {PeerAddress} port {PeerPort} was answered with {StatusCode} after {Milliseconds:0.0} ms.", EventName = "RequestAnswered")]
        public static partial void Answered(
            ILogger logger, LogLevel level, string method, string path, IPAddress? peerAddress, int peerPort, int statusCode, double milliseconds);
    }
}
