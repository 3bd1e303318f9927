using System.Net;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

/// <summary>A Coordinator with an open metrics port, and a client of that port.</summary>
internal sealed class MonitoredHost : IAsyncDisposable
{
    public MonitoredHost(CoordinatorHost host)
    {
        Host = host;
        Client = new HttpClient { BaseAddress = new Uri($"http://{host.Services.GetRequiredService<CoordinatorListeners>().Metrics}") };
    }

    /// <summary>The option that opens the port.</summary>
    public static (string Member, string Value) Port => ("MetricsAddress", "127.0.0.1:0");

    public CoordinatorHost Host { get; }

    public HttpClient Client { get; }

    public static async Task<MonitoredHost> StartAsync(
        TemporaryDirectory directory, Action<IServiceCollection>? configure = null, params (string Member, string Value)[] settings) =>
        new(await CoordinatorHost.StartAsync(directory, configure, [Port, .. settings]));

    /// <summary>
    /// What is counted of everything that was answered: a request is counted just after its answer, so this looks until none is running.
    /// </summary>
    public async Task<Scrape> ScrapeAsync()
    {
        while (Scrape.Parse(await GetAsync("/metrics")).Values("server_client_api_http_in_flight_requests").Sum() > 0)
        {
        }

        return Scrape.Parse(await GetAsync("/metrics"));
    }

    /// <summary>The body of an answer that must be 200.</summary>
    public async Task<string> GetAsync(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The status of a request to the client port, whatever method and path.</summary>
    public async Task<int> SendAsync(string method, string path)
    {
        using HttpClient client = Host.CreateClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
    }
}
