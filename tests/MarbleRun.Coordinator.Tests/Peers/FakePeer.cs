using System.Net;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>A server that poses as a Coordinator and answers the status as a test says.</summary>
/// <param name="answer">From the caller's nonce and this server's key to the answer.</param>
internal sealed class FakePeer(Func<ByteString, byte[], Task<PeerHelloResponse>> answer) : Peer.PeerBase
{
    public PeerIdentity Identity { get; } = new();

    /// <summary>Whether it gave an answer with a signature.</summary>
    public bool HasSigned { get; private set; }

    public override async Task<PeerHelloResponse> Hello(PeerHelloRequest request, ServerCallContext context)
    {
        PeerHelloResponse given = await answer(request.Nonce, Identity.KeyHash);
        HasSigned |= !given.Signature.IsEmpty;
        return given;
    }
}

/// <summary>Its port.</summary>
internal sealed class FakePeerHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakePeerHost(WebApplication app) => _app = app;

    public string Address => new Uri(_app.Urls.First()).Authority;

    public static async Task<FakePeerHost> StartAsync(FakePeer peer)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var tls = new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(peer.Identity.ForServer()) };
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(tls)));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(peer);
        WebApplication app = builder.Build();
        app.MapGrpcService<FakePeer>();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new FakePeerHost(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
