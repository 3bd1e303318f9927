using System.Globalization;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Http;

/// <summary>Answers the client port: finds the path, and converts errors into envelopes.</summary>
internal sealed partial class ClientApi : IPresetMetrics
{
    private readonly ApiRoutes _routes = new();
    private readonly ApiObserver _observer;
    private readonly ApiMetrics _metrics;
    private readonly StateFreshness _freshness;
    private readonly ILogger<ClientApi> _logger;

    public ClientApi(
        IEnumerable<IApiEndpoints> endpoints,
        ApiObserver observer,
        ApiMetrics metrics,
        StateFreshness freshness,
        ILogger<ClientApi> logger)
    {
        _freshness = freshness;
        _observer = observer;
        _metrics = metrics;
        _logger = logger;
        foreach (IApiEndpoints part in endpoints)
        {
            part.Map(_routes);
        }
    }

    public void Preset() => _metrics.Preset(_routes.Paths);

    public Task HandleAsync(HttpContext context) => _observer.ObserveAsync(context, _routes.FindPath(context.Request), AnswerAsync);

    private async Task AnswerAsync(HttpContext context)
    {
        if (_routes.Find(context.Request) is not { } handler)
        {
            // Not 404: clients of MarbleRun 1.9 fall back to the first generation of the API only on 405.
            await JSend.FailureAsync(context, StatusCodes.Status405MethodNotAllowed, JSendStatus.Error, message: null);
            return;
        }

        try
        {
            CrossSiteGuard.ThrowIfCrossSite(context);
            if (!_routes.IsAnsweredFromOlder(context.Request))
            {
                await _freshness.RequireNewestAsync(context.RequestAborted);
            }

            await handler(context);
        }
        catch (ApiException exception)
        {
            Log.Refused(_logger, context.Request.Method, context.Request.Path, exception.StatusCode, LogText.Clean(exception.Message));
            SetRetryAfter(context, exception.RetryAfter);
            await JSend.FailureAsync(context, exception.StatusCode, exception.Status, exception.Message, exception.Field);
        }
        catch (BusyException exception)
        {
            int statusCode = exception.IsCallersShare ? StatusCodes.Status429TooManyRequests : StatusCodes.Status503ServiceUnavailable;
            Log.Busy(_logger, context.Request.Method, context.Request.Path, statusCode, exception.Message);
            SetRetryAfter(context, BusyException.RetryAfter);
            await JSend.FailureAsync(context, statusCode, JSendStatus.Error, exception.Message);
        }
        catch (BadHttpRequestException exception)
        {
            Log.Refused(_logger, context.Request.Method, context.Request.Path, exception.StatusCode, LogText.Clean(exception.Message));
            await JSend.FailureAsync(context, exception.StatusCode, JSendStatus.Error, exception.Message);
        }
        catch (AuditException exception)
        {
            // The audit trail's own event contains the cause.
            Log.NotRecorded(_logger, context.Request.Method, context.Request.Path, exception);
            await JSend.FailureAsync(
                context,
                StatusCodes.Status500InternalServerError,
                JSendStatus.Error,
                "the audit trail cannot be written, so the request was refused");
        }
        catch (StateStoreException exception) when (exception.IsTemporary)
        {
            Log.StoreAway(_logger, context.Request.Method, context.Request.Path, exception.Message);
            SetRetryAfter(context, BusyException.RetryAfter);
            await JSend.FailureAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                JSendStatus.Error,
                exception.IsOutcomeUnknown
                    ? "the store of the Coordinators did not answer, and it is not known whether the change was made; look before you "
                    + "try again"
                    : "the store of the Coordinators does not answer at the moment; nothing was changed, try again");
        }
        catch (StateStoreException exception)
        {
            // The store's own event contains the cause; the caller learns only that nothing was changed.
            Log.StoreFailed(_logger, context.Request.Method, context.Request.Path, exception);
            await JSend.FailureAsync(
                context, StatusCodes.Status500InternalServerError, JSendStatus.Error, "sealing state: the state could not be made durable");
        }
    }

    private static void SetRetryAfter(HttpContext context, TimeSpan? wait)
    {
        if (wait is { } time)
        {
            context.Response.Headers.RetryAfter = ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.RequestBusy,
            LogLevel.Debug,
            "{Method} {Path} was answered with {StatusCode}: {Reason}",
            EventName = "RequestBusy")]
        public static partial void Busy(ILogger logger, string method, string path, int statusCode, string reason);

        [LoggerMessage(
            EventIds.RequestNotRecorded,
            LogLevel.Error,
            "{Method} {Path} was refused because it could not be recorded in the audit trail.",
            EventName = "RequestNotRecorded")]
        public static partial void NotRecorded(ILogger logger, string method, string path, Exception exception);

        [LoggerMessage(
            EventIds.RequestRefused,
            LogLevel.Information,
            "{Method} {Path} was answered with {StatusCode}: {Reason}",
            EventName = "RequestRefused")]
        public static partial void Refused(ILogger logger, string method, string path, int statusCode, string reason);

        [LoggerMessage(
            EventIds.RequestStoreAway,
            LogLevel.Warning,
            "{Method} {Path} was answered with 503: {Reason}",
            EventName = "RequestStoreAway")]
        public static partial void StoreAway(ILogger logger, string method, string path, string reason);

        [LoggerMessage(
            EventIds.RequestStoreFailed,
            LogLevel.Error,
            "{Method} {Path} failed because the state could not be made durable.",
            EventName = "RequestStoreFailed")]
        public static partial void StoreFailed(ILogger logger, string method, string path, Exception exception);
    }
}
