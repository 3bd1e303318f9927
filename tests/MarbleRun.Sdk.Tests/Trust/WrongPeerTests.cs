using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using MarbleRun.Identity;
using MarbleRun.Tests.AspNetCore;
using MarbleRun.Tests.Http;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Trust;

/// <summary>Peers that are not accepted, at a Kestrel server and as servers of HttpClient and gRPC.</summary>
[Trait("Security", "C11")]
public sealed class WrongPeerTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _old;
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other;

    public WrongPeerTests()
    {
        _old = new TestAuthority(_clock);
        _authority = _old.Update();
        _other = new TestAuthority(_clock);
    }

    public static TheoryData<string> Peers => ["self-signed", "other deployment", "ended", "old trust", "not a Marble"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _old.Dispose();
        _authority.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData("none")]
    [MemberData(nameof(Peers))]
    public async Task Kestrel_WrongClient_IsRefusedOverHttpAndGrpc(string peer)
    {
        await using MeshPair pair = await StartAsync(TestIdentities.Create(_authority, "backend"));
        Trust(pair.ServerIdentity);
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = peer == "none" ? [] : [Issue(peer)],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        };
        using var http = new HttpMessageInvoker(handler);
        using GrpcChannel channel = GrpcChannel.ForAddress(pair.Server.Https, new GrpcChannelOptions { HttpHandler = handler });

        await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(pair.Request("/", http2: false), Token));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(pair.Request("/", http2: true), Token));
        await Assert.ThrowsAsync<RpcException>(
            () => new Greeter.GreeterClient(channel).GreetAsync(new GreetRequest(), cancellationToken: Token).ResponseAsync);
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task Clients_WrongServer_IsRefusedOverHttpAndGrpc(string peer)
    {
        await using MeshPair pair = await StartAsync(TestIdentities.Create(_authority, Issue(peer), "backend"));
        Trust(pair.ClientIdentity);

        await AssertRefusedAsync(pair);
    }

    [Fact]
    public async Task Clients_ServerOfAnotherType_IsRefusedOverHttpAndGrpc()
    {
        await using MeshPair pair = await MeshPair.StartAsync(
            _clock,
            TestIdentities.Create(_authority, "backend"),
            TestIdentities.Create(_authority, "frontend"),
            policy: MarblePeerPolicy.AllowTypes("database"));

        await AssertRefusedAsync(pair);
    }

    [Fact]
    public async Task Kestrel_ClientOfAnotherType_GetsForbidden()
    {
        await using MarbleServer server = await MarbleServer.StartAsync(TestIdentities.Create(_authority, "backend"), _clock);
        using HttpClient client = server.CreateClient(TestIdentities.Create(_authority, "database"), _clock);

        using HttpResponseMessage response = await client.GetAsync("/frontend", Token);

        Assert.Equal(System.Net.HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static async Task AssertRefusedAsync(MeshPair pair)
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => pair.Http.SendAsync(pair.Request("/", http2: false), Token));
        await Assert.ThrowsAsync<HttpRequestException>(() => pair.Http.SendAsync(pair.Request("/", http2: true), Token));
        await Assert.ThrowsAsync<RpcException>(
            () => pair.Grpc.GreetAsync(new GreetRequest(), cancellationToken: Token).ResponseAsync);
    }

    private Task<MeshPair> StartAsync(MarbleIdentity server) =>
        MeshPair.StartAsync(_clock, server, TestIdentities.Create(_authority, "frontend"));

    /// <summary>The trust after an update without overlap.</summary>
    private void Trust(MarbleIdentity identity) => identity.Receive(TestTrust.Create(_authority, 7), _authority, _clock.GetUtcNow());

    private X509Certificate2 Issue(string peer) => peer switch
    {
        "self-signed" => SelfSign(),
        "other deployment" => _other.IssueMarble("backend"),
        "ended" => _authority.IssueMarble("backend", id: null, t => t.NotAfter = TimeSpan.FromMinutes(-1)),
        "old trust" => _old.IssueMarble("backend"),
        _ => _authority.IssueMarble(null),
    };

    private X509Certificate2 SelfSign()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Guid.NewGuid()}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension(MarblePeer.TypeOid, "backend"u8, critical: false));
        return request.CreateSelfSigned(_clock.GetUtcNow().AddHours(-1), _clock.GetUtcNow().AddHours(1));
    }
}
