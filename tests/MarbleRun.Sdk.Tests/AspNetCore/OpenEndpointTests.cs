using System.Net;
using System.Security.Authentication;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.Tests.AspNetCore;

/// <summary>What <c>AllowAnyCaller()</c> and <c>AllowPlaintext()</c> open, and that they open nothing else.</summary>
public sealed class OpenEndpointTests : MarbleServerFixture
{
    [Theory]
    [InlineData(1, SslProtocols.Tls12)]
    [InlineData(1, SslProtocols.Tls13)]
    [InlineData(2, SslProtocols.Tls12)]
    [InlineData(2, SslProtocols.Tls13)]
    public async Task AllowAnyCaller_UnauthenticatedCaller_IsAnsweredThereAndNowhereElse(int version, SslProtocols protocol)
    {
        await using MarbleServer server = await StartAsync(MapRoutes);
        using HttpClient outsider = OutsiderClient.Create(server.Https, version, protocol);

        Assert.Equal((HttpStatusCode.OK, "open"), await outsider.AskAsync("/health"));
        Assert.Equal((HttpStatusCode.OK, "open"), await outsider.AskAsync("/HEALTH/?a=b"));
        Assert.Equal((HttpStatusCode.OK, "open"), await outsider.AskAsync("/short"));
        Assert.Equal((HttpStatusCode.OK, "plain"), await outsider.AskAsync("/plain"));
        Assert.Equal((HttpStatusCode.OK, "file a/b"), await outsider.AskAsync("/files/a/b"));
        foreach (string path in new[] { "/", "/closed", "/frontend", "/short-closed", "/short-circuit", "/nothing", "/health/more" })
        {
            (HttpStatusCode status, string text) = await outsider.AskAsync(path);
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains("Marbles of its mesh only", text, StringComparison.Ordinal);
        }

        Assert.Contains(
            server.Logs.Entries,
            e => e.Contains("CallerRefused", StringComparison.Ordinal) && e.Contains("no certificate was shown", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/files/private")]
    [InlineData("/files/PRIVATE/")]
    [InlineData("/files/./private")]
    [InlineData("/files/a/../private")]
    [InlineData("/files/a/%2e%2e/private")]
    [InlineData("/files/%70rivate")]
    [InlineData("/health/../closed")]
    [InlineData("//health")]
    [InlineData("//closed")]
    [InlineData("/health//")]
    [InlineData("/health%2F..%2Fclosed")]
    [InlineData("/health%2f")]
    [InlineData("/closed?path=/health")]
    [InlineData("/closed;/health")]
    [InlineData("/base/health")]
    [InlineData("/base/closed")]
    [InlineData("/7/item")]
    [InlineData("/hosted")]
    public async Task AllowAnyCaller_TrickWithThePath_StaysRefused(string path)
    {
        await using MarbleServer server = await StartAsync(MapRoutes);
        foreach (int version in new[] { 1, 2 })
        {
            using HttpClient outsider = OutsiderClient.Create(server.Https, version);

            (HttpStatusCode status, string text) = await outsider.AskAsync(path);

            Assert.InRange((int)status, 400, 403);
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("POST", "/health", null)]
    [InlineData("PUT", "/health", null)]
    [InlineData("HEAD", "/closed", null)]
    [InlineData("OPTIONS", "/health", null)]
    [InlineData("GET", "/health", "POST")]
    public async Task AllowAnyCaller_OtherMethod_IsNotWhatIsOpen(string method, string path, string? overriding)
    {
        await using MarbleServer server = await StartAsync(app =>
        {
            app.UseHttpMethodOverride();
            MapRoutes(app);
        });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 2);
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Version = HttpVersion.Version20 };
        if (overriding is not null)
        {
            request.Headers.Add("X-Http-Method-Override", overriding);
        }

        using HttpResponseMessage response = await outsider.SendAsync(request, Token);

        // Overriding counts for POST alone, and not before routing.
        Assert.Equal(overriding is null ? HttpStatusCode.Forbidden : HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllowAnyCaller_TwoEndpointsByHost_OpensTheOneAlone()
    {
        await using MarbleServer server = await StartAsync(MapRoutes);
        using HttpClient outsider = OutsiderClient.Create(server.Https, 1);

        Assert.Equal((HttpStatusCode.OK, "open"), await outsider.AskAsync("/hosted", host: "open.test"));
        Assert.Equal(HttpStatusCode.Forbidden, (await outsider.AskAsync("/hosted", host: "other.test")).Status);
    }

    [Fact]
    public async Task AllowAnyCaller_ConstraintOfTheApp_OpensWhatItMatchesAlone()
    {
        await using MarbleServer server = await StartAsync(
            app =>
            {
                app.MapGet("/orders/{id:even}", () => "open").AllowAnyCaller();
                app.MapGet("/orders/{id}", () => "secret");
            },
            configure: builder => builder.Services.Configure<RouteOptions>(o => o.SetParameterPolicy<EvenConstraint>("even")));
        using HttpClient outsider = OutsiderClient.Create(server.Https, 2);

        Assert.Equal((HttpStatusCode.OK, "open"), await outsider.AskAsync("/orders/4"));
        Assert.Equal(HttpStatusCode.Forbidden, (await outsider.AskAsync("/orders/5")).Status);
    }

    [Theory]
    [InlineData(1, SslProtocols.Tls12)]
    [InlineData(2, SslProtocols.Tls13)]
    public async Task AllowAnyCaller_CertificateOfAnotherMesh_FailsInTheHandshake(int version, SslProtocols protocol)
    {
        await using MarbleServer server = await StartAsync(MapRoutes);
        using HttpClient outsider = OutsiderClient.Create(server.Https, version, protocol, OtherAuthority.IssueMarble("frontend"));

        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.AskAsync("/health"));
    }

    [Fact]
    public async Task AllowAnyCaller_Marble_ReachesAllAsBefore()
    {
        await using MarbleServer server = await StartAsync(MapRoutes);
        using HttpClient marble = server.CreateClient(TestIdentities.Create(Authority, "frontend"), Clock);

        foreach (string path in new[] { "/health", "/closed", "/frontend", "/files/private", "/short-closed" })
        {
            using HttpResponseMessage response = await marble.GetAsync(path, Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task NoOpenEndpoints_UnauthenticatedCaller_FailsInTheHandshake(SslProtocols protocol)
    {
        await using MarbleServer server = await StartAsync(_ => { });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 1, protocol);

        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.AskAsync("/"));
    }

    [Fact]
    public async Task AllowAnyCaller_AddedAndTakenAwayWhileTheAppRuns_CountsFromThenOn()
    {
        using var source = new ChangingSource();
        await using MarbleServer server = await StartAsync(app => ((IEndpointRouteBuilder)app).DataSources.Add(source));
        await Assert.ThrowsAsync<HttpRequestException>(() => AskOnceAsync());

        source.Set(new RouteEndpoint(
            context => context.Response.WriteAsync("late", Token),
            RoutePatternFactory.Parse("/late"),
            0,
            new EndpointMetadataCollection(new MarbleRun.AspNetCore.AnyCallerMetadata(false)),
            "late"));
        Assert.Equal((HttpStatusCode.OK, "late"), await AskOnceAsync());

        source.Set();
        await Assert.ThrowsAsync<HttpRequestException>(() => AskOnceAsync());

        async Task<(HttpStatusCode Status, string Text)> AskOnceAsync()
        {
            using HttpClient outsider = OutsiderClient.Create(server.Https, 1);
            return await outsider.AskAsync("/late");
        }
    }

    [Fact]
    public async Task AllowPlaintext_WithoutTls_IsAnsweredThereAlone()
    {
        await using MarbleServer server = await StartAsync(MapRoutes);
        using HttpClient plain = OutsiderClient.Create(server.Http, 1);

        Assert.Equal((HttpStatusCode.OK, "plain"), await plain.AskAsync("/plain"));
        foreach (string path in new[] { "/", "/health", "/closed", "/files/x", "/short", "/nothing", "/plain/more", "//plain" })
        {
            (HttpStatusCode status, string text) = await plain.AskAsync(path);
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains("TLS only", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AllowAnyCaller_AndRequireMarble_EndTheStartWithWords(bool group)
    {
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(app =>
        {
            if (group)
            {
                app.MapGroup("/group").RequireMarble("frontend").MapGet("/both", () => "secret").AllowPlaintext();
            }
            else
            {
                app.MapGet("/both", () => "secret").AllowAnyCaller().RequireMarble();
            }
        }));

        Assert.Contains("/both' has RequireMarble() and also AllowAnyCaller()", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllowAnyCaller_WithoutAddMarble_SaysWhatToCall()
    {
        await using WebApplication app = WebApplication.CreateBuilder().Build();
        app.MapGet("/", () => "hello").AllowAnyCaller();

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).ToList());

        Assert.Contains(
            "AllowAnyCaller needs the Marble services. Call builder.Services.AddMarble()", exception.Message, StringComparison.Ordinal);
    }

    private static void MapRoutes(WebApplication app)
    {
        app.UsePathBase("/base");
        app.MapGet("/health", () => "open").AllowAnyCaller();
        app.MapPost("/health", () => "secret");
        app.MapGet("/closed", () => "secret");
        app.MapGet("/plain", () => "plain").AllowPlaintext();
        app.MapGet("/files/{**path}", (string path) => $"file {path}").AllowAnyCaller();
        app.MapGet("/files/private", () => "secret");
        app.MapGet("/short", () => "open").AllowAnyCaller().ShortCircuit();
        app.MapGet("/short-closed", () => "secret").ShortCircuit();
        app.MapShortCircuit(200, "short-circuit");
        app.MapGet("/{name}/item", () => "open").AllowAnyCaller();
        app.MapGet("/{id:int}/item", () => "secret");
        app.MapGet("/hosted", () => "open").RequireHost("open.test").AllowAnyCaller();
        app.MapGet("/hosted", () => "secret");
    }

    private sealed class EvenConstraint : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            int.TryParse(values[routeKey] as string, out int number) && int.IsEvenInteger(number);
    }

    private sealed class ChangingSource : EndpointDataSource, IDisposable
    {
        private CancellationTokenSource _change = new();
        private IReadOnlyList<Endpoint> _endpoints = [];

        public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

        public override IChangeToken GetChangeToken() => new CancellationChangeToken(_change.Token);

        public void Dispose() => _change.Dispose();

        public void Set(params Endpoint[] endpoints)
        {
            _endpoints = endpoints;
            using CancellationTokenSource old = Interlocked.Exchange(ref _change, new CancellationTokenSource());
            old.Cancel();
        }
    }
}
