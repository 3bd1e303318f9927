using System.Net;
using MarbleRun.Http;
using MarbleRun.Identity;
using MarbleRun.Tests.AspNetCore;
using MarbleRun.Tests.Tls;
using MarbleRun.Tests.Trust;
using MarbleRun.TestSupport;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Tests.Http;

/// <summary>After a renewal, the connections of the earlier identity end: idle ones at once, others with their last stream.</summary>
public sealed class RenewedConnectionsTests : IAsyncLifetime
{
    private readonly WaitingClock _clock = new();
    private readonly MarbleIdentityProvider _provider = new();
    private readonly ConnectionCount _connections = new();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TestAuthority _authority;
    private MarbleServer _server = null!;

    public RenewedConnectionsTests()
    {
        _authority = new TestAuthority(_clock);
        _provider.Publish(TestIdentities.Create(_authority, "frontend"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await MarbleServer.StartAsync(
        TestIdentities.Create(_authority, "backend"),
        _clock,
        builder => builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Use(_connections.Count))),
        app =>
        {
            app.MapGet("/late", () => _release.Task);
            app.MapGet("/stream", async (HttpContext context) =>
            {
                await context.Response.WriteAsync("first ");
                await context.Response.Body.FlushAsync();
                await _release.Task;
                await context.Response.WriteAsync("last");
            });
        });

    public async ValueTask DisposeAsync()
    {
        _release.TrySetResult();
        await _server.DisposeAsync();
        _authority.Dispose();
    }

    [Theory]
    [Trait("Security", "D9")]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Renewal_ConnectionsWereIdle_AreClosedWithTheNextCall(string version)
    {
        using HttpClient client = CreateClient(version);
        await client.GetStringAsync(_server.Https, Token);

        _provider.Publish(TestIdentities.Renew(_provider.Current, _authority));
        await client.GetStringAsync(_server.Https, Token);

        await _connections.WaitForAsync(1, Token);
        Assert.Equal(2, _connections.Total);
    }

    [Theory]
    [Trait("Security", "D9")]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Renewal_StreamIsOpen_FinishesAndThenItsConnectionCloses(string version)
    {
        using HttpClient client = CreateClient(version);
        using HttpResponseMessage stream = await client.GetAsync(
            new Uri(_server.Https, "/stream"), HttpCompletionOption.ResponseHeadersRead, Token);

        _provider.Publish(TestIdentities.Renew(_provider.Current, _authority));
        await client.GetStringAsync(_server.Https, Token);
        Assert.Equal(2, _connections.Open);
        _release.SetResult();

        Assert.Equal("first last", await stream.Content.ReadAsStringAsync(Token));
        await _connections.WaitForAsync(1, Token);
    }

    [Theory]
    [Trait("Security", "D9")]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Renewal_CallsWaitForAnswers_GetThemThoughThePoolIsClosedMeanwhile(string version)
    {
        using HttpClient client = CreateClient(version);
        Task<HttpResponseMessage> late = client.GetAsync(new Uri(_server.Https, "/late"), Token);
        await _connections.WaitForAsync(1, Token);

        _provider.Publish(TestIdentities.Renew(_provider.Current, _authority));
        await client.GetStringAsync(_server.Https, Token);
        _clock.Advance(MarbleTls.LongestConnection);
        _release.SetResult();

        using HttpResponseMessage answer = await late;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await _connections.WaitForAsync(1, Token);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task CertificateOfOneServerEnds_ConnectionsToOthersStay(string version)
    {
        var toTheOther = new ConnectionCount();
        await using MarbleServer other = await MarbleServer.StartAsync(
            TestIdentities.Create(_authority, "backend", t => t.NotAfter = TimeSpan.FromMinutes(1)),
            _clock,
            builder => builder.WebHost.ConfigureKestrel(
                kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Use(toTheOther.Count))));
        using HttpClient client = CreateClient(version);
        await CallBothAsync();
        await CallBothAsync();
        Assert.Equal((1, 1), (_connections.Total, toTheOther.Total));

        // The last tenth of the other's certificate.
        _clock.Advance(TimeSpan.FromSeconds(55));
        await CallBothAsync();

        Assert.Equal((1, 2), (_connections.Total, toTheOther.Total));
        await toTheOther.WaitForAsync(1, Token);

        async Task CallBothAsync()
        {
            await client.GetStringAsync(_server.Https, Token);
            await client.GetStringAsync(other.Https, Token);
        }
    }

    [Fact]
    [Trait("Security", "C11")]
    public async Task TrustInOneServerEnds_ConnectionsToOthersStay()
    {
        var toTheOther = new ConnectionCount();
        MarbleIdentity revoked = TestIdentities.Create(_authority, "backend");
        await using MarbleServer other = await MarbleServer.StartAsync(
            revoked,
            _clock,
            builder => builder.WebHost.ConfigureKestrel(
                kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Use(toTheOther.Count))));
        using HttpClient client = CreateClient("2.0");
        await client.GetStringAsync(_server.Https, Token);
        await client.GetStringAsync(other.Https, Token);

        _provider.Current.Receive(TestTrust.Create(_authority, 7, TestTrust.Instance(revoked.Id)), _authority, _clock.GetUtcNow());

        await toTheOther.WaitForAsync(0, Token);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(other.Https, Token));
        await client.GetStringAsync(_server.Https, Token);
        Assert.Equal(1, _connections.Total);
    }

    private HttpClient CreateClient(string version) => new(
        new MarbleHttpHandler(_provider, MarblePeerPolicy.AllowTypes("backend"), _clock, NullLogger.Instance))
    {
        DefaultRequestVersion = Version.Parse(version),
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
}
