using MarbleRun.Identity;
using MarbleRun.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, YARP.</summary>
public sealed class YarpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Proxy_ThatIsAMarble_ReachesAServiceThatLetsInItsTypeAlone()
    {
        await using TestMesh mesh = await RecipeMesh.StartAsync();
        await using WebApplication orders = await StartAsync(mesh, "orders", _ => { }, app => app.MapGet("/{**path}", (HttpContext c) => $"called by {c.GetMarblePeer()!.MarbleType}").RequireMarble("intruder"));
        await using WebApplication proxy = await StartAsync(
            mesh,
            "intruder",
            builder =>
            {
                builder.Services.Configure<MarbleRun.Activation.MarbleOptions>(o => o.RequireMarbleClients = false);
                builder.Services.AddSingleton<IForwarderHttpClientFactory, MarbleForwarderFactory>();
                builder.Services.AddReverseProxy().LoadFromMemory(
                    [new RouteConfig { RouteId = "all", ClusterId = "orders", Match = new RouteMatch { Path = "/{**all}" } }],
                    [new ClusterConfig { ClusterId = "orders", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = orders.Urls.Single() } } }]);
            },
            app => app.MapReverseProxy());
        using HttpClient outside = (await mesh.VerifyAsync(Token)).CreateHttpClient(MarblePeerPolicy.AllowTypes("intruder"));

        Assert.Equal("called by intruder", await outside.GetStringAsync(new Uri($"{proxy.Urls.Single()}/anything"), Token));
    }

    private static async Task<WebApplication> StartAsync(TestMesh mesh, string marbleType, Action<WebApplicationBuilder> configure, Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("https://127.0.0.1:0");
        mesh.ConfigureMarble(builder, marbleType);
        builder.Services.AddMarble();
        configure(builder);
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync(Token);
        return app;
    }
}
