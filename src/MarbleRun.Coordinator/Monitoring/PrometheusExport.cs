using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace MarbleRun.Coordinator.Monitoring;

/// <summary>
/// The metrics of this Coordinator in Prometheus' text format. It is a collection of its own: what a host around the Coordinator does with
/// OpenTelemetry changes nothing here, and the other way round.
/// </summary>
internal sealed class PrometheusExport(
    IMeterFactory meters, ClientApi clientApi, ApiMetrics apiMetrics, GrpcMetrics grpcMetrics, IServiceProvider services) : IDisposable
{
    /// <summary>Bytes of scrapes that are not read yet, together.</summary>
    private const long MostHeld = 32 * 1024 * 1024;

    private MeterProvider? _provider;
    private RequestDelegate? _answer;
    private long _held;

    /// <summary>From here on everything is collected.</summary>
    public void Start()
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(CoordinatorTelemetry.MeterName, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddView(DropOthers)
            .AddPrometheusExporter(options =>
            {
                // Dashboards of MarbleRun 1.9 know neither labels nor series about OpenTelemetry itself.
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
                options.ScrapeResponseCacheDurationMilliseconds = 0;
            })
            .Build();
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(_provider, predicate: _ => true, path: null, configureBranchedPipeline: null, optionsName: null);
        _answer = pipeline.Build();
        apiMetrics.Preset(clientApi.Paths);
        grpcMetrics.Preset("rpc.Marble", "Activate", GrpcCode.All);
    }

    /// <summary>Answers a scrape.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public async Task AnswerAsync(HttpContext context)
    {
        RequestDelegate answer = _answer ?? throw new InvalidOperationException("Metrics are collected when the host has started.");

        // The exporter collects nothing new before each of its readers has read: one that does not would stop all scrapes.
        using var text = new MemoryStream();
        Stream body = context.Response.Body;
        context.Response.Body = text;
        await answer(context);
        context.Response.Body = body;
        try
        {
            if (Interlocked.Add(ref _held, text.Capacity) > MostHeld)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            await body.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length), context.RequestAborted);
        }
        finally
        {
            Interlocked.Add(ref _held, -text.Capacity);
        }
    }

    public void Dispose() => _provider?.Dispose();

    /// <summary>A meter is known by its name in the whole process; two Coordinators in it must not count for each other.</summary>
    private MetricStreamConfiguration? DropOthers(Instrument instrument) =>
        instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, meters) ? null : MetricStreamConfiguration.Drop;
}
