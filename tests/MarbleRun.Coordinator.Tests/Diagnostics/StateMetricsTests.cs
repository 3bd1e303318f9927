using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class StateMetricsTests : CoordinatorTest
{
    [Fact]
    [Case("observability", "State 2 after the start")]
    [Case("observability", "State 3 after the manifest")]
    [Case("observability", "State 3 after a restart with the key")]
    [Case("observability", "The state is exactly one sample")]
    public async Task State_BeforeAndAfterTheManifestAndARestart_IsTheNumberOfTheStatus()
    {
        await using (MonitoredHost host = await MonitoredHost.StartAsync(Folder))
        {
            Assert.Equal(2, Assert.Single((await host.ScrapeAsync()).Values("coordinator_state")));
            await TestManifest.SetAsync(host.Host);
            Assert.Equal(3, Assert.Single((await host.ScrapeAsync()).Values("coordinator_state")));
        }

        await using MonitoredHost again = await MonitoredHost.StartAsync(Folder);
        Assert.Equal(3, Assert.Single((await again.ScrapeAsync()).Values("coordinator_state")));
    }

    [Fact]
    [Case("observability", "State 1 after a restart with a key that does not open")]
    [Case("observability", "State 3 after the recovery")]
    [Case("observability", "The state is exactly one sample")]
    public async Task State_InRecovery_IsOneAndNotReadyAndThreeWhenItIsRecovered()
    {
        TestParty party = TestParty.Five[0];
        byte[] encrypted;
        await using (CoordinatorHost first = await StartAsync())
        {
            using HttpClient client = first.CreateClient();
            using HttpResponseMessage set = await client.PostAsync(
                new Uri("/manifest", UriKind.Relative),
                new ByteArrayContent(WithRecoveryKey(TestManifest.Create(first), party)),
                Cancellation);
            using JsonDocument answer = JsonDocument.Parse(await set.Content.ReadAsStreamAsync(Cancellation));
            encrypted = answer.RootElement.GetProperty("data").GetProperty("RecoverySecrets").GetProperty(party.Name).GetBytesFromBase64();
        }

        // A key that does not open: the machine was replaced.
        File.Delete(Folder.File("simulation/sealing.key"));
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);
        Assert.Equal(1, Assert.Single((await host.ScrapeAsync()).Values("coordinator_state")));
        Assert.Equal("The Coordinator answers.\n", await host.GetAsync("/health/live"));
        using (HttpResponseMessage ready = await host.Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Equal(
                "The sealed state is not open. Marbles can activate after it is recovered.\n",
                await ready.Content.ReadAsStringAsync(Cancellation));
        }

        byte[] share = party.Decrypt(encrypted);
        using HttpClient operators = host.Host.CreateClient();
        using HttpResponseMessage recovered = await operators.PostAsJsonAsync(
            new Uri("/api/v2/recover", UriKind.Relative),
            new { recoverySecret = share, recoverySecretSignature = party.Sign(share) },
            Cancellation);
        Assert.True(recovered.IsSuccessStatusCode, await recovered.Content.ReadAsStringAsync(Cancellation));

        Scrape scrape = await host.ScrapeAsync();
        Assert.Equal(3, Assert.Single(scrape.Values("coordinator_state")));
        Assert.Equal(1, scrape.Value("coordinator_recovery_attempts_total", ("outcome", "recovered")));
        Assert.Equal(1, scrape.Value("coordinator_state_commits_total", ("outcome", "success")));
        Assert.Equal(1, scrape.Value("coordinator_state_commit_duration_seconds_count", ("outcome", "success")));
        Assert.Equal("Marbles can activate.\n", await host.GetAsync("/health/ready"));
    }

    [Fact]
    public async Task Version_IsOneAndNamesTheBuild()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);

        Scrape scrape = await host.ScrapeAsync();
        Assert.Equal(
            1, scrape.Value("coordinator_version_info", ("version", CoordinatorVersion.Version), ("commit", CoordinatorVersion.Commit)));
    }

    [Fact]
    public async Task Metrics_AfterSomeWork_HaveTheNamesAndTypesOfTheReference()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);
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
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);
        StateMetrics metrics = host.Host.Services.GetRequiredService<StateMetrics>();
        RecoveryMetrics recovery = host.Host.Services.GetRequiredService<RecoveryMetrics>();

        metrics.Committed(succeeded: false, startTimestamp: 0);
        recovery.Rejected();
        recovery.Accepted();
        recovery.Recovered();

        Scrape scrape = await host.ScrapeAsync();
        Assert.Equal(1, scrape.Value("coordinator_state_commits_total", ("outcome", "failure")));
        Assert.Equal(1, scrape.Value("coordinator_state_commit_duration_seconds_count", ("outcome", "failure")));
        Assert.Equal(["rejected", "accepted", "recovered"], scrape.LabelValues("coordinator_recovery_attempts_total", "outcome"));
    }

    private static byte[] WithRecoveryKey(byte[] manifest, TestParty party)
    {
        JsonNode json = JsonNode.Parse(manifest)!;
        json["RecoveryKeys"] = new JsonObject { [party.Name] = party.Key.ExportSubjectPublicKeyInfoPem() };
        return JsonSerializer.SerializeToUtf8Bytes(json);
    }
}
