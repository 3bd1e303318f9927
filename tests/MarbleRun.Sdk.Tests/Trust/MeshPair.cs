using System.Threading.Channels;
using Grpc.Core;
using MarbleRun.Identity;
using MarbleRun.Tests.AspNetCore;
using MarbleRun.Tests.Http;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Trust;

/// <summary>
/// Two Marbles as two processes would be them: a server ("backend") and a client ("frontend"), each with its own trust, real sockets, and a
/// clock that the test moves. "/wait" answers when the caller leaves, "/ticks" with what the test sends, and "/close" closes the
/// connection.
/// </summary>
internal sealed class MeshPair : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private MeshPair(
        MarbleServer server,
        HandshakeRecorder handshakes,
        MarbleIdentity serverIdentity,
        ServiceProvider services,
        MarbleIdentity clientIdentity)
    {
        Server = server;
        Handshakes = handshakes;
        Address = handshakes.Route(server.Https);
        ServerIdentity = serverIdentity;
        _services = services;
        ClientIdentity = clientIdentity;
    }

    public MarbleServer Server { get; }

    /// <summary>Stands between client and server.</summary>
    public HandshakeRecorder Handshakes { get; }

    /// <summary>Where the client reaches the server.</summary>
    public Uri Address { get; }

    public MarbleIdentity ServerIdentity { get; }

    public MarbleIdentity ClientIdentity { get; }

    public MarbleIdentityProvider ClientIdentities => _services.GetRequiredService<MarbleIdentityProvider>();

    public HttpClient Http => _services.GetRequiredService<IHttpClientFactory>().CreateClient("peer");

    public Greeter.GreeterClient Grpc => _services.GetRequiredService<Greeter.GreeterClient>();

    public static async Task<MeshPair> StartAsync(
        TimeProvider clock, MarbleIdentity server, MarbleIdentity client, MarblePeerPolicy? policy = null)
    {
        MarbleServer running = await MarbleServer.StartAsync(
            server,
            clock,
            builder =>
            {
                builder.Services.AddGrpc();
                builder.Services.AddSingleton(Channel.CreateUnbounded<byte>());
            },
            app =>
            {
                app.MapGrpcService<ChatService>();
                app.MapGet("/close", context =>
                {
                    context.Connection.RequestClose();
                    return Task.CompletedTask;
                });
                app.MapGet("/ticks", async (HttpContext context, Channel<byte> ticks) =>
                {
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await foreach (byte tick in ticks.Reader.ReadAllAsync(context.RequestAborted))
                    {
                        await context.Response.Body.WriteAsync(new[] { tick }, context.RequestAborted);
                        await context.Response.Body.FlushAsync(context.RequestAborted);
                    }
                });
                app.MapGet("/wait", async context =>
                {
                    await context.Response.WriteAsync("started", context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                });
            });
        var handshakes = new HandshakeRecorder();
        Uri address = handshakes.Route(running.Https);
        var services = new ServiceCollection();
        services.AddSingleton(clock);
        services.AddSingleton<ILoggerFactory>(running.Logs);
        services.AddMarble(TestIdentities.Activate(client));
        services.AddHttpClient("peer", c => c.BaseAddress = address).UseMarbleIdentity(o => o.PeerPolicy = policy ?? o.PeerPolicy);
        services.AddGrpcClient<Greeter.GreeterClient>(o => o.Address = address)
            .UseMarbleIdentity(o => o.PeerPolicy = policy ?? o.PeerPolicy);
        return new MeshPair(running, handshakes, server, services.BuildServiceProvider(), client);
    }

    /// <summary>What "/ticks" answers.</summary>
    public ChannelWriter<byte> Ticks => Server.Services.GetRequiredService<Channel<byte>>().Writer;

    /// <summary>The client of the request's HTTP version.</summary>
    public HttpRequestMessage Request(string path, bool http2) => new(HttpMethod.Get, new Uri(Address, path))
    {
        Version = http2 ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Handshakes.DisposeAsync();
        await _services.DisposeAsync();
    }

    private sealed class ChatService : Greeter.GreeterBase
    {
        public override Task<GreetReply> Greet(GreetRequest request, ServerCallContext context) =>
            Greet(request.Name, context);

        /// <summary>"close" closes the connection after this answer.</summary>
        private static Task<GreetReply> Greet(string name, ServerCallContext context)
        {
            if (name == "close")
            {
                context.GetHttpContext().Connection.RequestClose();
            }

            return Task.FromResult(new GreetReply { Greeting = $"hello {name}" });
        }

        public override async Task Converse(
            IAsyncStreamReader<GreetRequest> requestStream, IServerStreamWriter<GreetReply> responseStream, ServerCallContext context)
        {
            await foreach (GreetRequest request in requestStream.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(new GreetReply { Greeting = $"hello {request.Name}" }, context.CancellationToken);
            }
        }
    }
}
