extern alias backend;
extern alias frontend;

using System.Net;
using MarbleRun.Identity;
using MarbleRun.Management;

namespace MarbleRun.Testing.Tests;

/// <summary>Certificates end on the clock of the mesh, in whatever time the test takes.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private TestMesh _mesh = null!;
    private TestMarbleApplication _backend = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _mesh = await TestMesh.StartAsync(Manifests.Quickstart(), Token);
        _backend = _mesh.CreateMarble<backend::Program>("backend");
        await _backend.StartAsync(Token);
    }

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task Handshake_WithinTheLifetimeOfTheCertificates_Succeeds()
    {
        TestMarbleClient caller = await _mesh.ActivateAsync("frontend", Token);
        _mesh.Clock.Advance(TimeSpan.FromDays(29));

        Assert.Equal(HttpStatusCode.OK, await CallAsync(caller));
    }

    [Fact]
    public async Task Handshake_WhenTheServersCertificateHasEnded_IsRefusedByTheClient()
    {
        VerifiedDeployment before = await _mesh.VerifyAsync(Token);
        TestMarbleApplication frontend = _mesh.CreateMarble<frontend::Program>("frontend");
        await frontend.StartAsync(Token);

        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(before, frontend));
        _mesh.Clock.Advance(TimeSpan.FromDays(31));
        await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(before, frontend));
    }

    [Fact]
    public async Task Handshake_WhenTheClientsCertificateHasEnded_IsRefusedByTheServer()
    {
        TestMarbleClient old = await _mesh.ActivateAsync("frontend", Token);
        _mesh.Clock.Advance(TimeSpan.FromDays(31));
        TestMarbleApplication restarted = _mesh.CreateMarble<backend::Program>("backend");
        TestMarbleClient renewed = await _mesh.ActivateAsync("frontend", Token);

        await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(old, restarted));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(renewed, restarted));
    }

    [Fact]
    public async Task Request_OnAConnectionThatOutlivesTheCertificate_IsRefused()
    {
        TestMarbleClient caller = await _mesh.ActivateAsync("frontend", Token);
        using HttpClient client = caller.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend"));
        var address = new Uri($"{_backend.Address}/sign/world");
        await client.GetStringAsync(address, Token);

        _mesh.Clock.Advance(TimeSpan.FromDays(31));
        using HttpResponseMessage response = await client.GetAsync(address, Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Lifetime_SetForTheCoordinator_IsThatOfTheCertificates()
    {
        await using TestMesh mesh = await TestMesh.StartAsync(
            Manifests.Quickstart(), o => o.Coordinator["Authority:MarbleCertificateLifetime"] = "01:00:00", Token);

        TestMarbleClient marble = await mesh.ActivateAsync("worker", Token);

        TimeSpan left = marble.Identity.NotAfter - mesh.Clock.GetUtcNow();
        Assert.InRange(left, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
    }

    private Task<HttpStatusCode> CallAsync(TestMarbleClient caller, TestMarbleApplication? backend = null) =>
        SendAsync(caller.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend")), $"{(backend ?? _backend).Address}/sign/world");

    private static Task<HttpStatusCode> CallAsync(VerifiedDeployment deployment, TestMarbleApplication frontend) =>
        SendAsync(deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("frontend")), $"{frontend.Address}/nothing");

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string address)
    {
        using (client)
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri(address), Token);
            return response.StatusCode;
        }
    }
}
