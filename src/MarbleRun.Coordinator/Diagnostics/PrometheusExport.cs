using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>
/// The metrics of this Coordinator in Prometheus' text format. It uses a separate meter provider: the OpenTelemetry configuration of an
/// embedding host does not change anything here, and vice versa.
/// </summary>
internal sealed class PrometheusExport(IMeterFactory meters, IServiceProvider services) : IDisposable
{
    /// <summary>The total bytes of scrapes that are not read yet.</summary>
    private const long MostHeld = 32 * 1024 * 1024;

    private MeterProvider? _provider;
    private RequestDelegate? _answer;
    private long _held;

    /// <summary>Starts the collection.</summary>
    public void Start()
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(CoordinatorTelemetry.MeterName, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddView(DropOthers)
            .AddPrometheusExporter(options =>
            {
                // Dashboards of MarbleRun 1.9 expect neither labels nor series about OpenTelemetry itself.
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
                options.ScrapeResponseCacheDurationMilliseconds = 0;
            })
            .Build();
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(
            _provider, predicate: _ => true, path: null, configureBranchedPipeline: null, optionsName: null);
        _answer = pipeline.Build();
    }

    /// <summary>Answers a scrape.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public async Task AnswerAsync(HttpContext context)
    {
        RequestDelegate answer = _answer ?? throw new InvalidOperationException("Metrics are collected when the host has started.");

        // The exporter collects again only after each of its readers has finished: a reader that does not read would block all scrapes.
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

    /// <summary>Meters are identified by name in the whole process; two Coordinators in one process must not count for each
    /// other.</summary>
    private MetricStreamConfiguration? DropOthers(Instrument instrument) =>
        instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, meters) ? null : MetricStreamConfiguration.Drop;
}
