using System.Net;
using System.Net.Sockets;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>How much of the two ports unauthenticated callers can take.</summary>
[Trait("Security", "G2")]
public sealed class ConnectionLimitTests : CoordinatorTest
{
    [Fact]
    public async Task Ports_OneThatIsFull_LeavesTheOtherOpen()
    {
        CoordinatorHost host = await StartAsync(
            services => services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxConcurrentConnections = 2));
        using var first = new TcpClient();
        using var second = new TcpClient();
        using var third = new TcpClient();
        await first.ConnectAsync(host.Mesh, Cancellation);
        await second.ConnectAsync(host.Mesh, Cancellation);

        // The third is dropped: its end comes without anybody waiting for a timeout.
        Assert.Equal(0, await ReadToEndAsync(third, host.Mesh));
        using HttpClient client = host.CreateClient();
        Assert.Contains(
            "\"code\":2,",
            await client.GetStringAsync(new Uri("/api/v2/status", UriKind.Relative), Cancellation),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_OfTheServer_AreBounded()
    {
        CoordinatorHost host = await StartAsync();

        KestrelServerLimits limits = host.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        Assert.Equal((4096, 0), (limits.MaxConcurrentConnections, limits.MaxConcurrentUpgradedConnections));
        Assert.Equal(8, limits.Http2.MaxStreamsPerConnection);
        Assert.True(limits.KeepAliveTimeout > TimeSpan.FromSeconds(60) && limits.KeepAliveTimeout < TimeSpan.FromSeconds(120));
        Assert.True(limits.RequestHeadersTimeout <= TimeSpan.FromSeconds(10));
        Assert.True(limits.MinRequestBodyDataRate!.BytesPerSecond >= 240 && limits.MinResponseDataRate!.BytesPerSecond >= 240);
    }

    private static async Task<int> ReadToEndAsync(TcpClient client, IPEndPoint server)
    {
        try
        {
            await client.ConnectAsync(server, Cancellation);
            return await client.GetStream().ReadAsync(new byte[1], Cancellation);
        }
        catch (Exception exception) when (exception is IOException or SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return 0;
        }
    }
}
