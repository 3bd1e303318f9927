using System.Net;
using System.Net.Sockets;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class MonitoringPortTests : CoordinatorTest
{
    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/metrics/")]
    [InlineData("GET", "/Metrics")]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/api/v2/status")]
    [InlineData("GET", "/manifest")]
    [InlineData("POST", "/metrics")]
    [InlineData("DELETE", "/events")]
    public async Task Port_AnythingThatItDoesNotServe_Is404(string method, string path)
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using HttpResponseMessage response = await host.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Metrics_WithoutPreference_AreTextOfPrometheus()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);

        using HttpResponseMessage response = await host.Client.GetAsync(new Uri("/metrics", UriKind.Relative), Cancellation);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Metrics_AskedAsAPrometheusServerDoes_HaveTheSameSamplesInOpenMetrics()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);
        await TestManifest.SetAsync(host.Host);
        await MeshClient.ActivateAsync(host.Host, "web");
        await host.ScrapeAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation(
            "Accept", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1");

        using HttpResponseMessage response = await host.Client.SendAsync(request, Cancellation);

        Assert.Equal("application/openmetrics-text", response.Content.Headers.ContentType!.MediaType);
        var scrape = Scrape.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(1, scrape.Value("coordinator_marble_activations_total", ("type", "web")));
        Assert.Equal(1, scrape.Value("server_client_api_http_request_total", ("path", "/manifest"), ("code", "200"), ("method", "post")));
        Assert.Equal(3, scrape.Value("coordinator_state"));
    }

    [Fact]
    [Case("observability", "Metrics off: there is no port")]
    public async Task Port_ByDefault_IsNotThere()
    {
        CoordinatorHost host = await StartAsync();

        Assert.Null(host.Services.GetRequiredService<CoordinatorListeners>().Metrics);
    }

    [Fact]
    public async Task Start_MetricsAddressInUse_FailsWithAMessage()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        IOException exception = await Assert.ThrowsAsync<IOException>(
            () => StartAsync(settings: ("MetricsAddress", $"{taken.LocalEndpoint}")));

        Assert.Equal($"Failed to bind to address http://{taken.LocalEndpoint}: address already in use.", exception.Message);
    }

    [Fact]
    public async Task Start_MetricsAddressThatIsInvalid_IsAWrongOption()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(settings: ("MetricsAddress", "nowhere")));

        Assert.Equal(
            "Coordinator:MetricsAddress is 'nowhere'; write 'host:port' with an IP address, a host name or nothing as host; put an IPv6 "
            + "address in brackets.",
            Assert.Single(exception.Failures));
    }

    [Fact]
    public async Task Health_BeforeAndAfterTheManifest_IsAliveAndBecomesReady()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(
            Folder, services => services.AddHealthChecks().AddCoordinator(tags: ["ready"]));
        HealthCheckService checks = host.Host.Services.GetRequiredService<HealthCheckService>();

        Assert.Equal("The Coordinator answers.\n", await host.GetAsync("/health/live"));
        using (HttpResponseMessage response = await host.Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Equal(
                "No manifest is set. Marbles can activate after a manifest is set.\n",
                await response.Content.ReadAsStringAsync(Cancellation));
        }

        HealthReportEntry before = (await checks.CheckHealthAsync(Cancellation)).Entries["coordinator"];
        Assert.Equal(
            (HealthStatus.Unhealthy, "No manifest is set. Marbles can activate after a manifest is set."),
            (before.Status, before.Description));
        Assert.Equal(["ready"], before.Tags);

        await TestManifest.SetAsync(host.Host);

        Assert.Equal("The Coordinator answers.\n", await host.GetAsync("/health/live"));
        Assert.Equal("Marbles can activate.\n", await host.GetAsync("/health/ready"));
        Assert.Equal(HealthStatus.Healthy, (await checks.CheckHealthAsync(Cancellation)).Status);
    }

    [Fact]
    [Case("observability", "Scrapes during activations")]
    public async Task Scrapes_DuringActivations_AreAllAnswered()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);
        await TestManifest.SetAsync(host.Host);

        Task<Parameters>[] activations =
            [.. Enumerable.Range(0, 16).Select(_ => Task.Run(() => MeshClient.ActivateAsync(host.Host, "web"), Cancellation))];
        Task<string>[] reads =
            [.. Enumerable.Range(0, 64).Select(i => Task.Run(() => host.GetAsync(i % 2 == 0 ? "/metrics" : "/events"), Cancellation))];
        await Task.WhenAll([.. activations, .. reads]);

        Assert.Equal(16, (await host.ScrapeAsync()).Value("coordinator_marble_activations_success_total", ("type", "web")));
        Assert.DoesNotContain(host.Host.Logs.Entries, e => e.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Port_ForTls_DoesNotSpeakIt()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(Folder);
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync(new Uri($"https://{host.Client.BaseAddress!.Authority}/metrics"), Cancellation));
    }
}
