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
/// clock that the test moves. "/wait" answers when the caller leaves.
/// </summary>
internal sealed class MeshPair : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private MeshPair(MarbleServer server, MarbleIdentity serverIdentity, ServiceProvider services, MarbleIdentity clientIdentity)
    {
        Server = server;
        ServerIdentity = serverIdentity;
        _services = services;
        ClientIdentity = clientIdentity;
    }

    public MarbleServer Server { get; }

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
            builder => builder.Services.AddGrpc(),
            app =>
            {
                app.MapGrpcService<ChatService>();
                app.MapGet("/wait", async context =>
                {
                    await context.Response.WriteAsync("started", context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                });
            });
        var services = new ServiceCollection();
        services.AddSingleton(clock);
        services.AddSingleton<ILoggerFactory>(running.Logs);
        services.AddMarble(TestIdentities.Activate(client));
        services.AddHttpClient("peer", c => c.BaseAddress = running.Https).UseMarbleIdentity(o => o.PeerPolicy = policy ?? o.PeerPolicy);
        services.AddGrpcClient<Greeter.GreeterClient>(o => o.Address = running.Https)
            .UseMarbleIdentity(o => o.PeerPolicy = policy ?? o.PeerPolicy);
        return new MeshPair(running, server, services.BuildServiceProvider(), client);
    }

    /// <summary>The client of the request's HTTP version.</summary>
    public HttpRequestMessage Request(string path, bool http2) => new(HttpMethod.Get, new Uri(Server.Https, path))
    {
        Version = http2 ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _services.DisposeAsync();
    }

    private sealed class ChatService : Greeter.GreeterBase
    {
        public override Task<GreetReply> Greet(GreetRequest request, ServerCallContext context) =>
            Task.FromResult(new GreetReply { Greeting = $"hello {request.Name}" });

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
