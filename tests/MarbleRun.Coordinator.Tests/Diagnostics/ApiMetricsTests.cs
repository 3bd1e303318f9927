using System.Net;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class ApiMetricsTests : MonitoredTest
{
    private const string Requests = "server_client_api_http_request_total";
    private const string InFlight = "server_client_api_http_in_flight_requests";

    [Theory]
    [InlineData("GET", "/status", 200)]
    [InlineData("GET", "/quote", 200)]
    [InlineData("GET", "/manifest", 200)]
    [InlineData("GET", "/api/v2/status?ignored=1", 200)]
    [InlineData("PUT", "/quote", 405)]
    [InlineData("POST", "/status", 405)]
    [Case("observability", "Five equal requests are one series of five")]
    [Case("observability", "PUT on quote counts as 405")]
    [Case("observability", "POST on status counts as 405")]
    [Case("observability", "GET quote counts as 200")]
    [Case("observability", "GET manifest of v1 before a manifest counts as 200")]
    [Case("observability", "GET status counts as 200")]
    public async Task Request_FiveTimes_GivesOneSeriesOfFive(string method, string path, int code)
    {
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(code, await Monitored.SendAsync(method, path));
        }

        Scrape scrape = await Monitored.ScrapeAsync();
        string label = path.Split('?')[0];
        Assert.Equal(5, scrape.Value(Requests, ("path", label), ("code", $"{code}"), ("method", method.ToLowerInvariant())));
        Assert.Single(scrape.Values(Requests));
        Assert.Equal(5, scrape.Value(
            "server_client_api_http_request_duration_histogram_seconds_count", ("path", label), ("method", method.ToLowerInvariant())));
        Assert.Equal(5, scrape.Value("server_client_api_http_request_size_histogram_bytes_count", ("path", label)));
        Assert.Equal(5, scrape.Value("server_client_api_http_response_size_histogram_bytes_count", ("path", label)));
        Assert.Equal(0, scrape.Value(InFlight, ("path", label)));
    }

    [Fact]
    public async Task Sizes_OfARequestWithABody_AreTheDeclaredOnes()
    {
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(new byte[3000]), Cancellation);
        byte[] body = await response.Content.ReadAsByteArrayAsync(Cancellation);

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.InRange(scrape.Value("server_client_api_http_request_size_histogram_bytes_sum", ("path", "/manifest")), 3001, 3999);
        Assert.Equal(body.Length, scrape.Value("server_client_api_http_response_size_histogram_bytes_sum", ("path", "/manifest")));
        Assert.Equal(
            ["100", "1000", "2000", "5000", "10000", "+Inf"],
            scrape.LabelValues("server_client_api_http_request_size_histogram_bytes_bucket", "le"));
        Assert.Equal(
            ["0.005", "0.025", "0.1", "0.5", "1", "2.5", "5", "+Inf"],
            scrape.LabelValues("server_client_api_http_request_duration_histogram_seconds_bucket", "le"));
    }

    [Fact]
    public async Task InFlight_FromTheStart_ShowsEveryPath()
    {
        Scrape scrape = await Monitored.ScrapeAsync();

        Assert.All(
            [
                "/manifest", "/update", "/secrets", "/status", "/quote", "/recover", "/update-manifest", "/update-cancel",
                "/api/v2/manifest", "/api/v2/update", "/api/v2/secrets", "/api/v2/status", "/api/v2/quote", "/api/v2/recover",
                "/api/v2/recover/public-key",
             "/api/v2/sign-quote", "/api/v2/monotonic-counter", "/api/v2/update-manifest",
                "/api/v2/update-cancel", "(unknown)",
            ],
            path => Assert.Equal(0, scrape.Value(InFlight, ("path", path))));
        Assert.Empty(scrape.Values(Requests));
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Request_OfManyMadeUpPathsAndMethods_GivesOneSeriesAnd405()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(405, await Monitored.SendAsync($"MADEUP{i}", $"/made-up/{i}?made-up={i}"));
        }

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Equal(100, scrape.Value(Requests, ("path", "(unknown)"), ("code", "405"), ("method", "unknown")));
        Assert.Single(scrape.Values(Requests));
        Assert.DoesNotContain("made", scrape.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("GET", "/nowhere")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/events")]
    [InlineData("GET", "/health/live")]
    [InlineData("PUT", "/quote")]
    [Case("client-api", "The same with metrics on, unlike the reference")]
    [Case("observability", "Metrics off: the same answers")]
    [Case("observability", "An unknown path is 405 with metrics on and off, unlike the reference")]
    public async Task Request_ThatIsNotServed_IsAnsweredAlikeWithMetricsOnAndOff(string method, string path)
    {
        await using var machine = new CoordinatorMachine();
        CoordinatorHost off = await machine.StartHostAsync();

        (HttpStatusCode Code, string Body) with = await AnswerAsync(Host, method, path);
        (HttpStatusCode Code, string Body) without = await AnswerAsync(off, method, path);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "{\"status\":\"error\",\"data\":null}\n"), with);
        Assert.Equal(with, without);
    }

    [Fact]
    public async Task Login_OfNoUser_IsCounted()
    {
        await TestManifest.SetAsync(Host);
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials();
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.ClientCertificates = [certificate];
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        using var outsider = new HttpClient(handler);

        Assert.Equal(401, await Monitored.SendAsync("GET", "/api/v2/secrets?s=shared"));
        using HttpResponseMessage response = await outsider.GetAsync(
            new Uri($"https://{Host.Client}/api/v2/secrets?s=shared"), Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Equal(1, scrape.Value("coordinator_user_login_failures_total", ("reason", "unknown_certificate")));
        Assert.Equal(1, scrape.Value("coordinator_user_login_failures_total", ("reason", "no_certificate")));
    }

    [Fact]
    public async Task AccessLog_OfARequest_HasPathCodeAndPeerButNoMadeUpText()
    {
        await Monitored.SendAsync("GET", "/status");
        await Monitored.SendAsync("BREW", "/made-up");
        await Monitored.ScrapeAsync();

        string[] lines = [.. Host.Logs.Entries.Where(e => e.Contains("RequestAnswered", StringComparison.Ordinal))];
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("Debug ", lines[0], StringComparison.Ordinal);
        Assert.Contains("Method=get; Path=/status; PeerAddress=127.0.0.1; PeerPort=", lines[0], StringComparison.Ordinal);
        Assert.Contains("StatusCode=200; Milliseconds=", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Information ", lines[1], StringComparison.Ordinal);
        Assert.Contains("Method=unknown; Path=(unknown); ", lines[1], StringComparison.Ordinal);
        Assert.Contains("StatusCode=405; ", lines[1], StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Code, string Body)> AnswerAsync(CoordinatorHost host, string method, string path)
    {
        using HttpClient client = host.CreateClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await client.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
