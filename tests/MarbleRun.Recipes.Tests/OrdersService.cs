using Grpc.Core;
using MarbleRun.Identity;
using MarbleRun.Recipes.Tests.Shop;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, gRPC: knows who calls, as any endpoint does.</summary>
internal sealed class OrdersService(CallCounter calls) : Orders.OrdersBase
{
    public override Task<PlaceReply> Place(PlaceRequest request, ServerCallContext context) =>
        Task.FromResult(Reply(request.Item, context));

    public override async Task Watch(WatchRequest request, IServerStreamWriter<PlaceReply> responseStream, ServerCallContext context)
    {
        for (int i = 1; i <= request.Count; i++)
        {
            await responseStream.WriteAsync(Reply($"{i}", context), context.CancellationToken);
        }
    }

    private PlaceReply Reply(string text, ServerCallContext context)
    {
        calls.Add();
        return new PlaceReply { Text = $"{text} for {context.GetHttpContext().GetMarblePeer()!.MarbleType}" };
    }
}
