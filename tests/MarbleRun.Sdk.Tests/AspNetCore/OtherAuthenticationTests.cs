using System.Net;
using System.Security.Claims;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Tests.AspNetCore;

/// <summary>Marbles beside what an app has of authentication itself.</summary>
public sealed class OtherAuthenticationTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;

    public OtherAuthenticationTests()
    {
        _authority = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AddAuthentication_BeforeOrAfterAddMarble_BothSchemesWork(bool before)
    {
        await using WebApplication app = Build(before ? AddCookies : null, before ? null : AddCookies);
        app.MapGet("/login", (HttpContext context) => context.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "anna")], "test"))));
        app.MapGet("/user", (ClaimsPrincipal user) => user.FindFirst(ClaimTypes.Name)!.Value).RequireAuthorization();
        app.MapGet("/frontend", (ClaimsPrincipal user) => user.FindFirst("marblerun:type")!.Value).RequireMarble("frontend");
        await app.StartAsync(Token);

        using HttpClient frontend = CreateClient(app, "frontend");
        using HttpClient backend = CreateClient(app, "backend");

        using HttpResponseMessage outsider = await frontend.GetAsync("/user", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, outsider.StatusCode);
        await frontend.GetStringAsync("/login", Token);
        Assert.Equal("anna", await frontend.GetStringAsync("/user", Token));
        Assert.Equal("frontend", await frontend.GetStringAsync("/frontend", Token));

        await backend.GetStringAsync("/login", Token);
        using HttpResponseMessage refused = await backend.GetAsync("/frontend", Token);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        static void AddCookies(IServiceCollection services)
        {
            services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(o =>
                o.Events.OnRedirectToLogin = context =>
                {
                    context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                    return Task.CompletedTask;
                });

            // No authority knows this test's keys.
            services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        }
    }

    [Fact]
    public async Task UseAuthentication_WithMarblesAlone_KnowsTheCallerWithoutRequireMarble()
    {
        await using WebApplication app = Build();
        app.MapGet("/", (ClaimsPrincipal user) => user.FindFirst("marblerun:type")?.Value ?? "none");
        await app.StartAsync(Token);

        using HttpClient frontend = CreateClient(app, "frontend");

        Assert.Equal("frontend", await frontend.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task AddMarble_Alone_BringsNoDataProtection()
    {
        await using WebApplication app = Build();
        app.MapGet("/", () => "hello").RequireMarble();
        await app.StartAsync(Token);

        Assert.Null(app.Services.GetService<IDataProtectionProvider>());
    }

    private WebApplication Build(Action<IServiceCollection>? before = null, Action<IServiceCollection>? after = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("https://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(_clock);
        before?.Invoke(builder.Services);
        builder.Services.AddMarble(TestIdentities.Activate(TestIdentities.Create(_authority, "backend")));
        after?.Invoke(builder.Services);
        return builder.Build();
    }

    private HttpClient CreateClient(WebApplication app, string marbleType)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = MarbleTls.CreateClientOptions(
                TestIdentities.Create(_authority, marbleType), MarblePeerPolicy.AnyMarble, "localhost", _clock, NullLogger.Instance),
        };
        return new HttpClient(handler) { BaseAddress = new UriBuilder(app.Urls.Single()) { Host = "localhost" }.Uri };
    }
}
