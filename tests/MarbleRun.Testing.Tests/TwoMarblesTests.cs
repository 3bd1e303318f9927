extern alias backend;
extern alias frontend;

using System.Net;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Management;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Testing.Tests;

/// <summary>
/// The apps of the quickstart, unchanged, as a team tests its own: their production manifest, two Marbles, somebody outside.
/// </summary>
public sealed class TwoMarblesTests : QuickstartTest
{
    private TestMarbleApplication _backend = null!;
    private TestMarbleApplication _frontend = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _backend = Mesh.CreateMarble<backend::Program>("backend");
        _frontend = Mesh.CreateMarble<frontend::Program>("frontend", m => m.Configuration["BackendAddress"] = _backend.Address);
    }

    [Fact]
    public async Task Outsider_WhoVerified_GetsAnAnswerThatBothMarblesMade()
    {
        VerifiedDeployment deployment = await Mesh.VerifyAsync(Token);
        using HttpClient client = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("frontend"));

        string answer = await client.GetStringAsync(new Uri($"{_frontend.Address}/hello/world"), Token);

        Assert.StartsWith("Hello world, signed by the backend: ", answer, StringComparison.Ordinal);
        Assert.Equal(["backend", "frontend", "worker"], deployment.Manifest.Marbles.Keys);
    }

    [Fact]
    public async Task Outsider_ExpectingAnotherManifest_RefusesTheDeployment()
    {
        CoordinatorExpectation expected = Mesh.Expected with { ExpectedFingerprint = new string('0', 64) };

        CoordinatorVerificationException exception = await Assert.ThrowsAsync<CoordinatorVerificationException>(
            () => CoordinatorClient.VerifyAsync(Mesh.ClientAddress, expected, Token));

        Assert.Equal(CoordinatorVerificationFailure.UnexpectedManifest, exception.Failure);
    }

    [Fact]
    public async Task Caller_WithoutACertificate_IsRefusedByTheBackend()
    {
        VerifiedDeployment deployment = await Mesh.VerifyAsync(Token);
        using HttpClient client = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend"));

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri($"{_backend.Address}/sign/world"), Token));
    }

    [Theory]
    [InlineData("frontend", HttpStatusCode.OK)]
    [InlineData("worker", HttpStatusCode.Forbidden)]
    public async Task Endpoint_ThatRequiresAFrontend_AnswersByTheTypeOfItsCaller(string marbleType, HttpStatusCode expected)
    {
        TestMarbleClient caller = await Mesh.ActivateAsync(marbleType, Token);
        using HttpClient client = caller.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend"));

        using HttpResponseMessage response = await client.GetAsync(new Uri($"{_backend.Address}/sign/world"), Token);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(marbleType, caller.Identity.MarbleType);
    }

    [Fact]
    public async Task Caller_ThatExpectsAnotherType_RefusesTheBackend()
    {
        TestMarbleClient caller = await Mesh.ActivateAsync("frontend", Token);
        using HttpClient client = caller.CreateHttpClient(MarblePeerPolicy.AllowTypes("worker"));

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri($"{_backend.Address}/sign/world"), Token));
    }

    [Fact]
    public async Task Application_OfTheTeam_RunsInItsOwnFolderWithTheSettingsOfTheTest()
    {
        TestMarbleApplication other = Mesh.CreateMarble<backend::Program>("backend", m =>
        {
            m.Configuration["Kestrel:Endpoints:Https:Url"] = "https://*:1";
            m.ConfigureServices = services => services.AddSingleton("put there by the test");
        });

        await other.StartAsync(Token);

        Assert.StartsWith("https://127.0.0.1:", other.Address, StringComparison.Ordinal);
        Assert.Equal("put there by the test", other.Services.GetRequiredService<string>());
        Assert.EndsWith(
            Path.Combine("quickstart", "backend"),
            other.Services.GetRequiredService<IWebHostEnvironment>().ContentRootPath.TrimEnd('/'),
            StringComparison.Ordinal);
        Assert.NotEqual(_backend.Identity.Id, other.Identity.Id);
    }

    [Fact]
    public async Task Application_OfOtherCode_IsRefusedWithTheCoordinatorsReason()
    {
        string changed = new('c', 64);
        AppMeasurement measurement = await Mesh.MeasureAsync("backend", Token);
        TestMarbleApplication tampered = Mesh.CreateMarble<backend::Program>(
            "backend", m => m.Measurement = measurement with { UniqueId = changed });

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => tampered.StartAsync(Token));

        Assert.Equal(MarbleActivationFailure.Denied, exception.Failure);
        Assert.Contains("package.unique_id: expected " + Manifests.BackendCode, exception.Message, StringComparison.Ordinal);
        Assert.Throws<MarbleNotActivatedException>(() => tampered.Identity);
    }
}
