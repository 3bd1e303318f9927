using System.Net;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

namespace MarbleRun.Tests.AspNetCore;

/// <summary>A Marble that no caller can reach says so when it starts.</summary>
public sealed class MarbleEndpointsTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;

    public MarbleEndpointsTests()
    {
        _authority = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("http_ports", "0", "ASPNETCORE_HTTP_PORTS is '0'")]
    [InlineData("urls", "http://127.0.0.1:0", "ASPNETCORE_URLS is 'http://127.0.0.1:0'")]
    public async Task Start_WithoutHttpsEndpoint_WarnsAndNamesTheVariable(string setting, string value, string cause)
    {
        await using MarbleServer server = await StartAsync(setting, value);

        string warning = Assert.Single(server.Logs.Entries, e => e.Contains("NoHttpsEndpoint", StringComparison.Ordinal));
        Assert.Contains("Set ASPNETCORE_URLS=https://+:8443", warning, StringComparison.Ordinal);
        Assert.Contains(cause, warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithoutHttpsEndpoint_IsRefusedWithWhatToDo()
    {
        await using MarbleServer server = await StartAsync("http_ports", "0");
        using var client = new HttpClient { BaseAddress = server.Http };

        using HttpResponseMessage response = await client.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        string text = await response.Content.ReadAsStringAsync(Token);
        Assert.StartsWith(
            "This Marble answers over TLS only. This Marble has no HTTPS endpoint. Set ASPNETCORE_URLS=https://+:8443",
            text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1:0", false)]
    [InlineData("https://127.0.0.1:0;http://127.0.0.1:0", false)]
    [InlineData("http://127.0.0.1:0", true)]
    public async Task Start_WithAnEndpointThatAnswers_DoesNotWarn(string urls, bool allowPlaintext)
    {
        await using MarbleServer server = await StartAsync("urls", urls, allowPlaintext);

        Assert.DoesNotContain(server.Logs.Entries, e => e.Contains("NoHttpsEndpoint", StringComparison.Ordinal));
    }

    private Task<MarbleServer> StartAsync(string setting, string value, bool allowPlaintext = false) =>
        MarbleServer.StartAsync(TestIdentities.Create(_authority, "backend"), _clock, builder =>
        {
            builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, string.Empty).UseSetting(setting, value);
            builder.Configuration.AddInMemoryCollection(
                new Dictionary<string, string?> { ["Marble:AllowPlaintext"] = allowPlaintext.ToString() });
        });
}
