using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Tests.AspNetCore;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Tests.Management;

public sealed class CoordinatorClientTests : IAsyncLifetime
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other;
    private FakeClientApi _api = null!;
    private VerifiedDeployment _deployment = null!;

    public CoordinatorClientTests()
    {
        _authority = new TestAuthority(_clock);
        _other = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeClientApi.StartAsync(_authority);
        var expectation = new CoordinatorExpectation
        {
            Verifier = new FakeQuoteVerifier(),
            ExpectedPackage = new PackageProperties { UniqueId = new string('a', 64) },
            TimeProvider = _clock,
        };
        _deployment = await CoordinatorClient.VerifyAsync(_api.Address, expectation, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _authority.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task GetStatus_Running_GivesStateAndSentence()
    {
        using var client = new CoordinatorClient(_deployment.Coordinator);

        Assert.Equal(new CoordinatorStatus(CoordinatorPhase.AcceptingMarbles, "ready"), await client.GetStatusAsync(Token));
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task PreviewUpdate_CoordinatorWithoutPreviews_IsNotSentTheUpdateThatItWouldMake()
    {
        bool wasUpdated = false;
        _api.Overrides["/api/v2/openapi.json"] = context =>
        {
            context.Response.StatusCode = 405;
            return context.Response.WriteAsync("""{"status":"error","data":null}""");
        };
        _api.Overrides["/api/v2/update"] = context =>
        {
            wasUpdated = true;
            return context.Response.WriteAsync("""{"status":"success","data":{"missingAcknowledgments":0,"missingUsers":null}}""");
        };
        using var client = new CoordinatorClient(_deployment.Coordinator);

        CoordinatorException exception = await Assert.ThrowsAsync<CoordinatorException>(
            () => client.PreviewUpdateAsync("{}"u8.ToArray(), Token));

        Assert.Equal(CoordinatorErrorCode.NotSupported, exception.ErrorCode);
        Assert.False(wasUpdated);
    }

    [Fact]
    public async Task SetManifest_Accepted_SendsTheBytesAndGivesRecoverySecrets()
    {
        using var client = new CoordinatorClient(_deployment.Coordinator);
        byte[] manifest = " { } \n"u8.ToArray();

        var secrets = await client.SetManifestAsync(manifest, cancellationToken: Token);

        Assert.Equal(manifest, _api.SetManifest);
        Assert.Equal([1, 2, 3], secrets["key1"].ToArray());
    }

    [Theory]
    [InlineData(401, CoordinatorErrorCode.Unauthorized)]
    [InlineData(403, CoordinatorErrorCode.Forbidden)]
    [InlineData(404, CoordinatorErrorCode.NotFound)]
    [InlineData(405, CoordinatorErrorCode.NotSupported)]
    [InlineData(500, CoordinatorErrorCode.Rejected)]
    public async Task GetManifest_ApiRefuses_GivesCodeStatusAndSentence(int status, CoordinatorErrorCode expected)
    {
        _api.Overrides["/api/v2/manifest"] = FakeClientApi.Refuse(status, "the reason");
        using var client = new CoordinatorClient(_deployment.Coordinator);

        CoordinatorException exception = await Assert.ThrowsAsync<CoordinatorException>(() => client.GetManifestAsync(Token));

        Assert.Equal(expected, exception.ErrorCode);
        Assert.Equal(status, exception.HttpStatus);
        Assert.Contains("the reason", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task GetStatus_ServerIsNotTheVerifiedOne_IsNotSpokenTo()
    {
        _api.ServerCertificate = _other.Root;
        using var client = new CoordinatorClient(_deployment.Coordinator);

        CoordinatorException exception = await Assert.ThrowsAsync<CoordinatorException>(() => client.GetStatusAsync(Token));

        Assert.Equal(CoordinatorErrorCode.Unreachable, exception.ErrorCode);
    }

    [Fact]
    public async Task HttpClient_MarbleOfTheDeployment_IsCalled()
    {
        await using MarbleServer server = await StartMarbleAsync(TestIdentities.Create(_authority, "frontend"));
        using HttpClient client = _deployment.CreateHttpClient();

        Assert.Equal("none", await client.GetStringAsync(server.Https, Token));
    }

    [Fact]
    [Trait("Security", "D4")]
    public async Task HttpClient_MarbleUnderAnIntermediateThatTheCoordinatorDoesNotShow_IsRefused()
    {
        // The root signed it once, before or after an update; what counts is what the Coordinator shows now.
        using TestAuthority updated = _authority.Update();
        await using MarbleServer server = await StartMarbleAsync(TestIdentities.Create(updated, "frontend"));
        using HttpClient client = _deployment.CreateHttpClient();

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.Https, Token));

        Assert.Contains("does not accept that certificate either", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "C11")]
    public async Task HttpClient_MarbleOfAnotherDeployment_IsRefused()
    {
        await using MarbleServer server = await StartMarbleAsync(TestIdentities.Create(_other, "frontend"));
        using HttpClient client = _deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("frontend"));

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.Https, Token));
    }

    [Fact]
    [Trait("Security", "D2")]
    public async Task HttpClient_CertificateOfTheDeploymentWithoutType_IsRefused()
    {
        await using MarbleServer server = await StartMarbleAsync(TestIdentities.Create(_authority, _authority.IssueMarble(null)));
        using HttpClient client = _deployment.CreateHttpClient();

        HttpRequestException exception = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.Https, Token));

        Assert.Contains("does not name one Marble type", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HttpClient_HostNameNotInCertificate_IsRefused()
    {
        await using MarbleServer server = await StartMarbleAsync(
            TestIdentities.Create(_authority, "frontend", t => t.DnsNames = ["front.example"]));
        using HttpClient client = _deployment.CreateHttpClient();
        using HttpClient byType = _deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("frontend"));

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.Https, Token));
        Assert.Equal("none", await byType.GetStringAsync(server.Https, Token));
    }

    [Fact]
    public async Task HttpClient_PlainHttp_IsNotSent()
    {
        using HttpClient client = _deployment.CreateHttpClient();

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetStringAsync(new Uri("http://localhost:1"), Token));
    }

    private Task<MarbleServer> StartMarbleAsync(MarbleIdentity identity) => MarbleServer.StartAsync(
        identity, _clock, builder => builder.Services.Configure<MarbleRun.MarbleOptions>(o => o.RequireMarbleClients = false));
}
