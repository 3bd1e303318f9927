using System.Security.Authentication;
using Grpc.Core;
using MarbleRun.Identity;
using MarbleRun.Recipes.Tests.Shop;
using MarbleRun.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, gRPC: a service and its client, each a Marble that knows the other's type.</summary>
public sealed class GrpcTests : RecipeTest
{
    [Fact]
    public async Task Client_OfTheTypeThatIsAskedFor_CallsAndIsKnown()
    {
        await using WebApplication service = await StartServiceAsync();
        using IHost gateway = await StartClientAsync("gateway", service, MarblePeerPolicy.AllowTypes("orders"));
        Orders.OrdersClient orders = gateway.Services.GetRequiredService<Orders.OrdersClient>();

        PlaceReply placed = await orders.PlaceAsync(new PlaceRequest { Item = "tea" }, cancellationToken: Token);
        using AsyncServerStreamingCall<PlaceReply> watch = orders.Watch(new WatchRequest { Count = 3 }, cancellationToken: Token);
        List<string> seen = [];
        await foreach (PlaceReply reply in watch.ResponseStream.ReadAllAsync(Token))
        {
            seen.Add(reply.Text);
        }

        Assert.Equal("tea for gateway", placed.Text);
        Assert.Equal(["1 for gateway", "2 for gateway", "3 for gateway"], seen);
    }

    [Fact]
    public async Task Client_OfAnotherType_IsDenied()
    {
        await using WebApplication service = await StartServiceAsync();
        using IHost intruder = await StartClientAsync("intruder", service, MarblePeerPolicy.AllowTypes("orders"));

        Assert.Equal(StatusCode.PermissionDenied, (await FailAsync(intruder)).StatusCode);
        Assert.Equal(0, service.Services.GetRequiredService<CallCounter>().Count);
    }

    [Fact]
    public async Task Client_WhoseServiceIsOfAnotherType_SendsNothing()
    {
        await using WebApplication service = await StartServiceAsync();
        using IHost gateway = await StartClientAsync("gateway", service, MarblePeerPolicy.AllowTypes("payments"));

        Assert.IsAssignableFrom<AuthenticationException>((await FailAsync(gateway)).Status.DebugException?.GetBaseException());
        Assert.Equal(0, service.Services.GetRequiredService<CallCounter>().Count);
    }

    private Task<WebApplication> StartServiceAsync() => RecipeMesh.StartWebAsync(
        Mesh,
        "orders",
        builder =>
        {
            builder.Services.AddSingleton<CallCounter>();
            builder.Services.AddGrpc();
        },
        app => app.MapGrpcService<OrdersService>().RequireMarble("gateway"));

    private Task<IHost> StartClientAsync(
        string marbleType, WebApplication service, MarblePeerPolicy policy) => RecipeMesh.StartWorkerAsync(
        Mesh,
        marbleType,
        builder => builder.Services
            .AddGrpcClient<Orders.OrdersClient>(o => o.Address = new Uri(service.Urls.Single()))
            .UseMarbleIdentity(o => o.PeerPolicy = policy));

    private static Task<RpcException> FailAsync(IHost client)
    {
        Orders.OrdersClient orders = client.Services.GetRequiredService<Orders.OrdersClient>();
        return Assert.ThrowsAsync<RpcException>(
            () => orders.PlaceAsync(new PlaceRequest { Item = "tea" }, cancellationToken: Token).ResponseAsync);
    }
}
