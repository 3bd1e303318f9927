using System.Globalization;
using System.Text.Json;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Diagnostics;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>
/// Answers the metrics port: <c>/metrics</c>, <c>/events</c>, <c>/health/live</c>, <c>/health/ready</c>, and nothing else. Anyone who
/// reaches the port can read it, so it contains no secrets.
/// </summary>
internal sealed class MonitoringPort(
    PrometheusExport metrics,
    IEnumerable<IPresetMetrics> presets,
    ActivationEventLog events,
    Readiness readiness,
    IOptions<CoordinatorOptions> options)
{
    public void Open()
    {
        if (!string.IsNullOrEmpty(options.Value.MetricsAddress))
        {
            metrics.Start();
        }

        foreach (IPresetMetrics preset in presets)
        {
            preset.Preset();
        }
    }

    public Task HandleAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return IsRead(context.Request.Method) ? AnswerAsync(context) : NotFound(context);
    }

    private Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/metrics" => metrics.AnswerAsync(context),
        "/events" => AnswerEventsAsync(context),
        "/health/live" => AnswerHealthAsync(context, isHealthy: true, "The Coordinator answers."),
        "/health/ready" => AnswerReadinessAsync(context),
        _ => NotFound(context),
    };

    /// <summary>The members of MarbleRun 1.9, with the quote's hash instead of the quote.</summary>
    private async Task AnswerEventsAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await using (var writer = new Utf8JsonWriter(context.Response.Body))
        {
            writer.WriteStartArray();
            foreach (ActivationEvent activation in events.Snapshot())
            {
                writer.WriteStartObject();
                writer.WriteString("time", activation.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
                writer.WriteStartObject("activation");
                writer.WriteString("marbleType", activation.MarbleType);
                writer.WriteString("uuid", activation.Uuid);
                writer.WriteNull("quote");
                writer.WriteString("quoteSha256", activation.QuoteSha256);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            await writer.FlushAsync(context.RequestAborted);
        }

        await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
    }

    private Task AnswerReadinessAsync(HttpContext context)
    {
        (bool isReady, string sentence) = readiness.Ask();
        return AnswerHealthAsync(context, isReady, sentence);
    }

    private static Task AnswerHealthAsync(HttpContext context, bool isHealthy, string sentence)
    {
        context.Response.StatusCode = isHealthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
