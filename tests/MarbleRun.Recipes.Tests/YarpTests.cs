using MarbleRun.Identity;
using MarbleRun.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, YARP.</summary>
public sealed class YarpTests : RecipeTest
{
    [Fact]
    public async Task Proxy_ThatIsAMarble_ReachesAServiceThatLetsInItsTypeAlone()
    {
        await using WebApplication orders = await RecipeMesh.StartWebAsync(
            Mesh,
            "orders",
            _ => { },
            app => app.MapGet("/{**path}", (HttpContext c) => $"called by {c.GetMarblePeer()!.MarbleType}").RequireMarble("intruder"));
        await using WebApplication proxy = await RecipeMesh.StartWebAsync(
            Mesh,
            "intruder",
            builder =>
            {
                builder.Services.Configure<MarbleRun.MarbleOptions>(o => o.RequireMarbleClients = false);
                builder.Services.AddSingleton<IForwarderHttpClientFactory, MarbleForwarderFactory>();
                builder.Services.AddReverseProxy().LoadFromMemory(
                    [new RouteConfig { RouteId = "all", ClusterId = "orders", Match = new RouteMatch { Path = "/{**all}" } }],
                    [new ClusterConfig
                    {
                        ClusterId = "orders",
                        Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = orders.Urls.Single() } },
                    }]);
            },
            app => app.MapReverseProxy());
        using HttpClient outside = (await Mesh.VerifyAsync(Token)).CreateHttpClient(MarblePeerPolicy.AllowTypes("intruder"));

        Assert.Equal("called by intruder", await outside.GetStringAsync(new Uri($"{proxy.Urls.Single()}/anything"), Token));
    }
}
