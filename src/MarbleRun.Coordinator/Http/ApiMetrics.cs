using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Http;

/// <summary>The metrics of the client port, with the names of MarbleRun 1.9.</summary>
internal sealed class ApiMetrics
{
    private static readonly InstrumentAdvice<long> s_bytes = new() { HistogramBucketBoundaries = [100, 1000, 2000, 5000, 10000] };

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _requestSize;
    private readonly Histogram<long> _responseSize;
    private readonly UpDownCounter<long> _inFlight;

    public ApiMetrics(IMeterFactory meters)
    {
        Meter meter = meters.CreateCoordinatorMeter();
        _requests = meter.CreateCounter<long>("server_client_api_http_request_total", description: "Total number of requests received.");
        _duration = meter.CreateDuration("server_client_api_http_request_duration_histogram_seconds", "Request time duration.");
        _requestSize = meter.CreateHistogram(
            "server_client_api_http_request_size_histogram_bytes", "By", "Request size in byte.", tags: null, s_bytes);
        _responseSize = meter.CreateHistogram(
            "server_client_api_http_response_size_histogram_bytes", "By", "Response size in byte.", tags: null, s_bytes);
        _inFlight = meter.CreateUpDownCounter<long>(
            "server_client_api_http_in_flight_requests", description: "Number of http requests which are currently running.");
    }

    /// <summary>Reports every path from the start, without a running request.</summary>
    public void Preset(IEnumerable<string> paths)
    {
        foreach (string path in paths.Append(MetricLabel.Unknown))
        {
            _inFlight.Add(0, Path(path));
        }
    }

    /// <param name="path">A path of the client API, or <see cref="MetricLabel.Unknown"/>.</param>
    public void Started(string path) => _inFlight.Add(1, Path(path));

    /// <param name="path">The path that was passed to <see cref="Started"/>.</param>
    /// <param name="method">From <see cref="MetricLabel.Method"/>.</param>
    /// <param name="context">The request, answered.</param>
    /// <param name="duration">From the request line to the end of the answer.</param>
    public void Finished(string path, string method, HttpContext context, TimeSpan duration)
    {
        _requests.Add(1, Path(path), new("code", context.Response.StatusCode), new("method", method));
        _duration.Record(duration.TotalSeconds, Path(path), new("method", method));
        if (_requestSize.Enabled)
        {
            _requestSize.Record(ApproximateSize(context.Request), Path(path));
        }

        _responseSize.Record(context.Response.ContentLength ?? 0, Path(path));

        // Last, so that everything is counted when no request runs.
        _inFlight.Add(-1, Path(path));
    }

    /// <summary>Request line, headers and the body's declared length, as in HTTP/1.1.</summary>
    private static long ApproximateSize(HttpRequest request)
    {
        long size = request.Method.Length + (request.Path.Value?.Length ?? 0);
        size += request.QueryString.Value?.Length ?? 0;
        size += request.Protocol.Length;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in request.Headers)
        {
            foreach (string? value in values)
            {
                size += name.Length + (value?.Length ?? 0);
            }
        }

        return size + (request.ContentLength ?? 0);
    }

    private static KeyValuePair<string, object?> Path(string path) => new("path", path);
}
