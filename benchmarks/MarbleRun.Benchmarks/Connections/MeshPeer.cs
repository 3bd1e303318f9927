using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Benchmarks.Connections;

/// <summary>A server with mutual TLS in this process, and the client that calls it.</summary>
internal sealed class MeshPeer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private HttpMessageInvoker? _client;
    private int _port;

    private MeshPeer(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public static async Task<MeshPeer> StartAsync(WebApplication app)
    {
        var peer = new MeshPeer(app);
        app.Run(context => context.Response.WriteAsync("here"));
        await app.StartAsync();
        peer._port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        return peer;
    }

    public void UseClient(HttpMessageHandler handler) => _client = new HttpMessageInvoker(handler);

    /// <summary>Every name is this server: a client resumes no session of another name, so a new name means a full handshake.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task CallAsync(string host, Version version, bool close)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://{host}/"))
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.ConnectionClose = close ? true : null;
        using HttpResponseMessage response = await _client!.SendAsync(request, CancellationToken.None);
        if (response.StatusCode != HttpStatusCode.OK || await response.Content.ReadAsStringAsync() != "here")
        {
            throw new InvalidOperationException($"The call was answered with {response.StatusCode}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await _app.DisposeAsync();
    }
}
