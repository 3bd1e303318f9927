using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>This program as a Marble whose endpoint unauthenticated callers meet; options in <c>EDG_MARBLE_…</c> variables.</summary>
internal static class ServedMarble
{
    public const string Command = "measured-marble";

    public static async Task<int> RunAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Services.AddMarble(options => options.CoordinatorTrust = CoordinatorTrust.None);
        WebApplication app = builder.Build();
        app.Run(context => context.Response.WriteAsync("here"));
        await app.RunAsync();
        return 0;
    }
}
