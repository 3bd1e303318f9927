using System.Net;
using System.Net.Security;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Tests.AspNetCore;

public sealed class MarbleEndpointTests : MarbleServerFixture
{
    [Fact]
    public async Task Https_MarbleCalls_KnowsWhoCalled()
    {
        await using MarbleServer server = await StartAsync();
        MarbleIdentity caller = TestIdentities.Create(Authority, "frontend");
        using HttpClient client = server.CreateClient(caller, Clock);

        string answer = await client.GetStringAsync("/", Token);

        Assert.StartsWith("Marble 'frontend' ", answer, StringComparison.Ordinal);
        Assert.Equal("frontend", await client.GetStringAsync("/frontend", Token));
    }

    [Fact]
    public async Task Https_NoClientCertificate_FailsInTheHandshake()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient client = server.CreateOutsider();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task Https_ClientOfAnotherMesh_FailsInTheHandshake()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient client = server.CreateClient(TestIdentities.Create(Authority, OtherAuthority.IssueMarble("frontend")), Clock);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/", Token));
    }

    [Fact]
    [Trait("Security", "D2")]
    public async Task Https_CertificateOfTheMeshWithoutType_FailsInTheHandshake()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient client = server.CreateClient(TestIdentities.Create(Authority, Authority.IssueMarble(null)), Clock);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/", Token));
        Assert.Contains(server.Logs.Entries, e => e.Contains("does not name one Marble type", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Https_OptionsMadeFromServices_ShowTheHostsIdentityAndCheckItsPeers()
    {
        await using MarbleServer server = await StartAsync();
        SslClientAuthenticationOptions options = MarbleTls.CreateClientOptions(
            server.Services, MarblePeerPolicy.AllowTypes("backend"), "127.0.0.1");
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = options }) { BaseAddress = server.Https };

        Assert.StartsWith("Marble 'backend' ", await client.GetStringAsync("/", Token), StringComparison.Ordinal);
        MarbleIdentity identity = server.Services.GetRequiredService<IMarbleIdentityProvider>().Current;
        Assert.Same(
            identity.CertificateContext,
            MarbleTls.CreateServerOptions(server.Services, MarblePeerPolicy.AnyMarble).ServerCertificateContext);
        Assert.True(identity.Certificate.HasPrivateKey);
    }

    [Fact]
    public void CreateClientOptions_ServicesWithoutAddMarble_SaysWhatToCall()
    {
        using ServiceProvider services = new ServiceCollection().BuildServiceProvider();

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => MarbleTls.CreateClientOptions(services, MarblePeerPolicy.AnyMarble, "localhost"));

        Assert.Contains("AddMarble()", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequireMarble_WrongType_IsForbidden()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient client = server.CreateClient(TestIdentities.Create(Authority, "backend"), Clock);

        using HttpResponseMessage response = await client.GetAsync("/frontend", Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    [Trait("Security", "C6")]
    public async Task Https_CertificateEndsWhileConnected_NextRequestIsRefused()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient client = server.CreateClient(
            TestIdentities.Create(Authority, "frontend", t => t.NotAfter = TimeSpan.FromHours(1)), Clock);
        await client.GetStringAsync("/", Token);

        Clock.Advance(TimeSpan.FromHours(2));

        // The idle connection was closed, and the certificate opens no other.
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/", Token));
    }

    [Fact]
    public async Task Https_IdentityRenewed_NextConnectionShowsTheNewCertificate()
    {
        await using MarbleServer server = await StartAsync();
        var identities = server.Services.GetRequiredService<MarbleIdentityProvider>();
        MarbleIdentity renewed = TestIdentities.Renew(identities.Current, Authority);
        var shown = new List<string>();

        await ConnectAsync();
        identities.Publish(renewed);
        await ConnectAsync();

        Assert.NotEqual(shown[0], shown[1]);
        Assert.Equal(renewed.CertificateContext.TargetCertificate.Thumbprint, shown[1]);

        async Task ConnectAsync()
        {
            SslClientAuthenticationOptions options = MarbleTls.CreateClientOptions(
                TestIdentities.Create(Authority, "frontend"),
                MarblePeerPolicy.AnyMarble,
                "localhost",
                Clock,
                server.Logs.CreateLogger("client"));
            RemoteCertificateValidationCallback validate = options.RemoteCertificateValidationCallback!;
            options.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            {
                shown.Add(certificate!.GetCertHashString());
                return validate(sender, certificate, chain, errors);
            };
            using var client = new HttpClient(new SocketsHttpHandler { SslOptions = options }) { BaseAddress = server.Https };
            await client.GetStringAsync("/", Token);
        }
    }

    [Fact]
    public async Task Https_ClientsOptional_LetsAnyCallerInButNotWhereAMarbleIsRequired()
    {
        await using MarbleServer server = await StartAsync(options: o => o.RequireMarbleClients = false);
        using HttpClient client = server.CreateOutsider();

        Assert.Equal("none", await client.GetStringAsync("/", Token));
        using HttpResponseMessage response = await client.GetAsync("/frontend", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Https_ClientsOptional_ACertificateThatIsShownMustBeAMarbles()
    {
        await using MarbleServer server = await StartAsync(options: o => o.RequireMarbleClients = false);
        using HttpClient client = server.CreateClient(TestIdentities.Create(Authority, OtherAuthority.IssueMarble("frontend")), Clock);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/", Token));
    }

    [Fact]
    public async Task Http_WithoutTls_IsRefusedWithAMessage()
    {
        await using MarbleServer server = await StartAsync();
        using var client = new HttpClient { BaseAddress = server.Http };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-Proto", "https" } } };

        using HttpResponseMessage response = await client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("TLS only", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_PlaintextAllowed_IsAnsweredButNotWhereAMarbleIsRequired()
    {
        await using MarbleServer server = await StartAsync(options: o => o.AllowPlaintext = true);
        using var client = new HttpClient { BaseAddress = server.Http };

        Assert.Equal("none", await client.GetStringAsync("/", Token));
        using HttpResponseMessage response = await client.GetAsync("/frontend", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    [Trait("Security", "G8")]
    public async Task Https_EndpointConfiguredToAskForNoCertificate_StillRefusesUnauthenticatedCallers()
    {
        await using MarbleServer server = await StartAsync(configure: builder =>
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Kestrel:Endpoints:Weak:Url"] = "https://127.0.0.1:0",
                ["Kestrel:Endpoints:Weak:ClientCertificateMode"] = "NoCertificate",
            }));
        using HttpClient client = server.CreateOutsider();

        using HttpResponseMessage response = await client.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    [Trait("Security", "C7")]
    public async Task GetMarblePeer_CertificateReplacedByMiddleware_StaysTheOneOfTheConnection()
    {
        await using MarbleServer server = await StartAsync(map: app =>
            app.Use((context, next) =>
            {
                context.Connection.ClientCertificate = Authority.IssueMarble("frontend");
                return next(context);
            }));
        using HttpClient client = server.CreateClient(TestIdentities.Create(Authority, "intruder"), Clock);

        using HttpResponseMessage response = await client.GetAsync("/frontend", Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task RequireMarble_WithoutAddMarble_SaysWhatToCall()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Services.AddAuthorization();
        await using WebApplication app = builder.Build();
        app.MapGet("/", () => "hello").RequireMarble("frontend");

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).ToList());

        Assert.Contains("AddMarble()", exception.Message, StringComparison.Ordinal);
    }
}
