using System.Security.Authentication;
using Grpc.Core;
using MarbleRun.Identity;
using MarbleRun.Tests.AspNetCore;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Http;

public sealed class UseMarbleIdentityTests : IAsyncLifetime
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _outsider;
    private ServiceProvider? _services;

    public UseMarbleIdentityTests()
    {
        _authority = new TestAuthority(_clock);
        _outsider = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        _authority.Dispose();
        _outsider.Dispose();
    }

    [Fact]
    public async Task Get_ServerIsAMarble_CallsItAsThisMarble()
    {
        await using MarbleServer server = await StartServerAsync("backend");
        HttpClient client = CreateClient("frontend");

        Assert.Equal("frontend", await client.GetStringAsync(new Uri(server.Https, "/frontend"), Token));
    }

    [Fact]
    [Trait("Security", "C11")]
    public async Task Get_ServerOfTheMeshIsNoMarble_IsRefused()
    {
        await using MarbleServer server = await MarbleServer.StartAsync(
            TestIdentities.Create(_authority, _authority.IssueMarble(null)), _clock);
        HttpClient client = CreateClient("frontend");

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.Https, Token));
    }

    [Fact]
    [Trait("Security", "C11")]
    public async Task Get_ServerOfAnotherMesh_IsRefused()
    {
        await using MarbleServer server = await MarbleServer.StartAsync(TestIdentities.Create(_outsider, "backend"), _clock);
        HttpClient client = CreateClient("frontend", o => o.PeerPolicy = MarblePeerPolicy.AllowTypes("backend"));

        HttpRequestException exception = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.Https, Token));

        Assert.Equal(HttpRequestError.SecureConnectionError, exception.HttpRequestError);
        Assert.Equal(
            $"What answers at {server.Https.Authority} is not a Marble that may: the certificate was not issued by the authority of this "
            + $"mesh.",
            exception.Message);
        Assert.IsAssignableFrom<AuthenticationException>(exception.InnerException);
    }

    [Fact]
    public async Task Get_HostNameNotInCertificate_IsRefusedUnlessThePolicyNamesTheType()
    {
        await using MarbleServer server = await MarbleServer.StartAsync(
            TestIdentities.Create(_authority, "backend", t => t.DnsNames = ["back.example"]), _clock);
        HttpClient byName = CreateClient("frontend");

        await Assert.ThrowsAsync<HttpRequestException>(() => byName.GetStringAsync(server.Https, Token));
        HttpClient byType = CreateClient("frontend", o => o.PeerPolicy = MarblePeerPolicy.AllowTypes("backend"));
        Assert.Equal("frontend", await byType.GetStringAsync(new Uri(server.Https, "/frontend"), Token));
        HttpClient byOtherType = CreateClient("frontend", o => o.PeerPolicy = MarblePeerPolicy.AllowTypes("database"));
        HttpRequestException exception = await Assert.ThrowsAsync<HttpRequestException>(
            () => byOtherType.GetStringAsync(server.Https, Token));
        Assert.Contains("Marble 'backend' ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("is not allowed here", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_IdentityRenewed_NextCallShowsTheNewOne()
    {
        await using MarbleServer server = await StartServerAsync("backend");
        HttpClient client = CreateClient("frontend");
        var identities = _services!.GetRequiredService<MarbleIdentityProvider>();
        MarbleIdentity renewed = TestIdentities.Renew(identities.Current, _authority, t => t.CommonName = Guid.NewGuid().ToString());

        string before = await client.GetStringAsync(server.Https, Token);
        identities.Publish(renewed);
        string after = await client.GetStringAsync(server.Https, Token);

        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task Get_PlainHttp_IsNotSent()
    {
        HttpClient client = CreateClient("frontend");

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetStringAsync(new Uri("http://localhost:1"), Token));
    }

    [Fact]
    public async Task CreateClient_WithoutAddMarble_SaysWhatToCall()
    {
        var services = new ServiceCollection();
        services.AddHttpClient("peer").UseMarbleIdentity();
        await using ServiceProvider provider = services.BuildServiceProvider();

        InvalidOperationException exception =
            Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient("peer"));

        Assert.Contains("AddMarble()", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void CreateClient_WithoutTypes_WarnsOnceForEachClient(bool namesTypes, int warnings)
    {
        using var logs = new RecordingLogs();
        CreateServices("frontend", services => services
            .AddSingleton<ILoggerFactory>(logs)
            .AddHttpClient("orders")
            .UseMarbleIdentity(tls => tls.PeerPolicy = namesTypes ? MarblePeerPolicy.AllowTypes("orders") : tls.PeerPolicy));

        // A handler of its own for each, as after the factory's rotation.
        IHttpMessageHandlerFactory factory = _services!.GetRequiredService<IHttpMessageHandlerFactory>();
        _ = factory.CreateHandler("orders");
        _ = factory.CreateHandler("orders");

        Assert.Equal(
            warnings, logs.Entries.Count(entry => entry.Contains("The HTTP client 'orders' takes any Marble", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Grpc_RightType_IsAnswered()
    {
        await using MarbleServer server = await StartServerAsync("backend");
        Greeter.GreeterClient client = CreateGrpcClient("frontend", server);

        GreetReply reply = await client.GreetAsync(new GreetRequest { Name = "world" }, cancellationToken: Token);

        Assert.Equal("hello world from frontend", reply.Greeting);
    }

    [Fact]
    public async Task Grpc_WrongType_IsPermissionDenied()
    {
        await using MarbleServer server = await StartServerAsync("backend");
        Greeter.GreeterClient client = CreateGrpcClient("database", server);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(
            () => client.GreetAsync(new GreetRequest { Name = "world" }, cancellationToken: Token).ResponseAsync);

        Assert.Equal(StatusCode.PermissionDenied, exception.StatusCode);
    }

    private Task<MarbleServer> StartServerAsync(string marbleType) => MarbleServer.StartAsync(
        TestIdentities.Create(_authority, marbleType),
        _clock,
        builder => builder.Services.AddGrpc(),
        app => app.MapGrpcService<GreeterService>().RequireMarble("frontend"));

    private HttpClient CreateClient(string marbleType, Action<MarbleTlsOptions>? configure = null)
    {
        CreateServices(marbleType, services => services.AddHttpClient("peer").UseMarbleIdentity(configure ?? (_ => { })));
        return _services!.GetRequiredService<IHttpClientFactory>().CreateClient("peer");
    }

    private Greeter.GreeterClient CreateGrpcClient(string marbleType, MarbleServer server)
    {
        CreateServices(
            marbleType, services => services.AddGrpcClient<Greeter.GreeterClient>(o => o.Address = server.Https).UseMarbleIdentity());
        return _services!.GetRequiredService<Greeter.GreeterClient>();
    }

    private void CreateServices(string marbleType, Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddMarble(TestIdentities.Activate(TestIdentities.Create(_authority, marbleType)));
        add(services);
        _services = services.BuildServiceProvider();
    }

    private sealed class GreeterService : Greeter.GreeterBase
    {
        public override Task<GreetReply> Greet(GreetRequest request, ServerCallContext context) =>
            Task.FromResult(
                new GreetReply { Greeting = $"hello {request.Name} from {context.GetHttpContext().GetMarblePeer()!.MarbleType}" });
    }
}
