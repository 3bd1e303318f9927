extern alias backend;
extern alias frontend;

using System.Net;
using MarbleRun.Identity;
using MarbleRun.Management;

namespace MarbleRun.Testing.Tests;

/// <summary>Certificates end on the clock of the mesh, in whatever time the test takes.</summary>
public sealed class ClockTests : QuickstartTest
{
    private TestMarbleApplication _backend = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _backend = Mesh.CreateMarble<backend::Program>("backend");
        await _backend.StartAsync(Token);
    }

    [Fact]
    public async Task Handshake_WithinTheLifetimeOfTheCertificates_Succeeds()
    {
        TestMarbleClient caller = await Mesh.ActivateAsync("frontend", Token);
        Mesh.Clock.Advance(TimeSpan.FromHours(23));

        Assert.Equal(HttpStatusCode.OK, await CallAsync(caller));
    }

    [Fact]
    public async Task Marble_WhenHalfOfItsLifetimeIsOver_RenewsAtTheCoordinator()
    {
        MarbleIdentity first = _backend.Identity;
        var renewed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable registration = first.ChangeToken.RegisterChangeCallback(_ => renewed.SetResult(), state: null);
        TestMarbleClient caller = await Mesh.ActivateAsync("frontend", Token);

        Mesh.Clock.Advance(TimeSpan.FromHours(14));
        await renewed.Task.WaitAsync(Token);

        Assert.Equal(first.Id, _backend.Identity.Id);
        Assert.NotEqual(first.Fingerprint, _backend.Identity.Fingerprint);
        Assert.InRange(
            _backend.Identity.NotAfter - Mesh.Clock.GetUtcNow(), TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(caller));
    }

    [Fact]
    public async Task Handshake_WhenTheServersCertificateHasEnded_IsRefusedByTheClient()
    {
        // The frontend would activate again, but the manifest does not let it.
        string once = Manifests.Quickstart().Replace(
            "\"frontend\": { \"Package\"", "\"frontend\": { \"MaxActivations\": 1, \"Package\"", StringComparison.Ordinal);
        await using TestMesh mesh = await TestMesh.StartAsync(once, Token);
        VerifiedDeployment before = await mesh.VerifyAsync(Token);
        TestMarbleApplication frontend = mesh.CreateMarble<frontend::Program>("frontend");
        await frontend.StartAsync(Token);

        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(before, frontend));
        mesh.Clock.Advance(TimeSpan.FromDays(31));
        await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(before, frontend));
    }

    [Fact]
    public async Task Handshake_WhenTheClientsCertificateHasEnded_IsRefusedByTheServer()
    {
        TestMarbleClient old = await Mesh.ActivateAsync("frontend", Token);
        Mesh.Clock.Advance(TimeSpan.FromDays(31));
        TestMarbleApplication restarted = Mesh.CreateMarble<backend::Program>("backend");
        TestMarbleClient renewed = await Mesh.ActivateAsync("frontend", Token);

        await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(old, restarted));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(renewed, restarted));
    }

    [Fact]
    public async Task Request_OnAConnectionThatOutlivesTheCertificate_IsRefused()
    {
        TestMarbleClient caller = await Mesh.ActivateAsync("frontend", Token);
        using HttpClient client = caller.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend"));
        var address = new Uri($"{_backend.Address}/sign/world");
        await client.GetStringAsync(address, Token);

        Mesh.Clock.Advance(TimeSpan.FromDays(31));

        // The connection takes no new requests after the certificate of its server has ended, and no handshake accepts that of the caller.
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address, Token));
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
