using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class StateMetricsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task State_BeforeAndAfterTheManifestAndARestart_IsTheNumberOfTheStatus()
    {
        await using (MonitoredHost host = await MonitoredHost.StartAsync(_directory))
        {
            Assert.Equal(2, Assert.Single((await host.ScrapeAsync()).Values("coordinator_state")));
            await TestManifest.SetAsync(host.Host);
            Assert.Equal(3, Assert.Single((await host.ScrapeAsync()).Values("coordinator_state")));
        }

        await using MonitoredHost again = await MonitoredHost.StartAsync(_directory);
        Assert.Equal(3, Assert.Single((await again.ScrapeAsync()).Values("coordinator_state")));
    }

    [Fact]
    public async Task Version_IsOneAndNamesTheBuild()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(_directory);

        Scrape scrape = await host.ScrapeAsync();
        Assert.Equal(1, scrape.Value("coordinator_version_info", ("version", CoordinatorVersion.Version), ("commit", CoordinatorVersion.Commit)));
    }

    [Fact]
    public async Task Metrics_AfterSomeWork_HaveTheNamesAndTypesOfTheReference()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(_directory);
        await TestManifest.SetAsync(host.Host);
        await MeshClient.ActivateAsync(host.Host, "web");

        Scrape scrape = await host.ScrapeAsync();
        Assert.All(
            new Dictionary<string, string>
            {
                ["coordinator_version_info"] = "gauge",
                ["coordinator_state"] = "gauge",
                ["coordinator_marble_activations_total"] = "counter",
                ["coordinator_marble_activations_success_total"] = "counter",
                ["server_client_api_http_request_total"] = "counter",
                ["server_client_api_http_request_duration_histogram_seconds"] = "histogram",
                ["server_client_api_http_request_size_histogram_bytes"] = "histogram",
                ["server_client_api_http_response_size_histogram_bytes"] = "histogram",
                ["server_client_api_http_in_flight_requests"] = "gauge",
                ["grpc_server_started_total"] = "counter",
                ["grpc_server_handled_total"] = "counter",
                ["grpc_server_msg_received_total"] = "counter",
                ["grpc_server_msg_sent_total"] = "counter",
            },
            metric => Assert.Equal(metric.Value, scrape.Types.GetValueOrDefault(metric.Key)));
        Assert.Contains("# HELP coordinator_state State of the Coordinator.\n", scrape.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("otel_", scrape.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("target_info", scrape.Text, StringComparison.Ordinal);
        Assert.All(
            scrape.Types.Keys,
            name => Assert.Matches("^(coordinator|server_client_api_http|grpc_server|kestrel|dotnet)_", name));
    }

    [Fact]
    public async Task Metrics_ThatOtherRoomsCount_AppearWithTheirLabels()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(_directory);
        CoordinatorMetrics metrics = host.Host.Services.GetRequiredService<CoordinatorMetrics>();

        metrics.StateCommitted(succeeded: false, startTimestamp: 0);
        metrics.RecoveryAttempted(RecoveryOutcome.Rejected);
        metrics.RecoveryAttempted(RecoveryOutcome.Accepted);
        metrics.RecoveryAttempted(RecoveryOutcome.Recovered);

        Scrape scrape = await host.ScrapeAsync();
        Assert.Equal(1, scrape.Value("coordinator_state_commits_total", ("outcome", "failure")));
        Assert.Equal(1, scrape.Value("coordinator_state_commit_duration_seconds_count", ("outcome", "failure")));
        Assert.Equal(["rejected", "accepted", "recovered"], scrape.LabelValues("coordinator_recovery_attempts_total", "outcome"));
    }
}
