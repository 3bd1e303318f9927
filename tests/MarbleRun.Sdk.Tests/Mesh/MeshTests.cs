using System.Net;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Management;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Tests.Mesh;

/// <summary>The four journeys, end to end.</summary>
public sealed class MeshTests : IAsyncLifetime
{
    private RunningMesh _mesh = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _mesh = await RunningMesh.StartAsync();

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task Outsider_VerifiedDeployment_ReachesASecretOfTheManifestThroughTwoMarbles()
    {
        VerifiedDeployment deployment = await CoordinatorClient.VerifyAsync($"{_mesh.Coordinator.Client}", _mesh.Expected, Cancellation);
        using HttpClient client = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("frontend"));

        string secret = await client.GetStringAsync(new Uri($"{_mesh.FrontendAddress}/secret"), Cancellation);

        Assert.Matches("^[0-9a-f]{64}$", secret);
        Assert.Equal("frontend", await client.GetStringAsync(new Uri($"{_mesh.FrontendAddress}/caller"), Cancellation));
        Assert.DoesNotContain(
            _mesh.Coordinator.Logs.Entries.Concat(_mesh.MarbleLogs.Entries), e => e.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Outsider_ExpectingOtherCode_RefusesTheCoordinatorWithBothMeasurements()
    {
        CoordinatorExpectation expected = _mesh.Expected with
        {
            ExpectedPackage = new PackageProperties { UniqueId = new string('0', 64) },
        };

        CoordinatorVerificationException exception = await Assert.ThrowsAsync<CoordinatorVerificationException>(
            () => CoordinatorClient.VerifyAsync($"{_mesh.Coordinator.Client}", expected, Cancellation));

        Assert.Equal(CoordinatorVerificationFailure.QuoteRefused, exception.Failure);
        Assert.Contains("package.unique_id", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outsider_ExpectingAnotherManifest_RefusesTheDeployment() =>
        await Assert.ThrowsAsync<CoordinatorVerificationException>(
            () => CoordinatorClient.VerifyAsync(
                $"{_mesh.Coordinator.Client}", _mesh.Expected with { ExpectedFingerprint = new string('0', 64) }, Cancellation));

    [Fact]
    public async Task Outsider_WithoutMarbleCertificate_IsRefusedByTheBackendsHandshake()
    {
        VerifiedDeployment deployment = await CoordinatorClient.VerifyAsync($"{_mesh.Coordinator.Client}", _mesh.Expected, Cancellation);
        using HttpClient client = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend"));

        await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(new Uri($"{_mesh.BackendAddress}/caller"), Cancellation));
    }

    [Fact]
    public async Task Marble_OfAnotherType_ReachesTheBackendButNotWhatIsForFrontends()
    {
        WebApplication? app = null;
        await _mesh.StartMarbleAsync(
            "outsider",
            builder => builder.Services.AddHttpClient("backend", c => c.BaseAddress = new Uri(_mesh.BackendAddress)).UseMarbleIdentity(),
            built => app = built);
        using HttpClient client = app!.Services.GetRequiredService<IHttpClientFactory>().CreateClient("backend");

        Assert.Equal("outsider", await client.GetStringAsync(new Uri("/caller", UriKind.Relative), Cancellation));
        using HttpResponseMessage refused = await client.GetAsync(new Uri("/secret", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Marble_OfOtherCode_DoesNotStartAndSaysWhy()
    {
        SimulationPlatform platform = _mesh.Coordinator.Platform;
        IQuoteIssuer issuer = platform.CreateIssuer(platform.MeasureRunningProcess() with { UniqueId = new string('0', 64) });

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(
            () => _mesh.StartMarbleAsync("backend", _ => { }, _ => { }, issuer));

        Assert.Equal(MarbleActivationFailure.Denied, exception.Failure);
        Assert.Contains(
            "marble verification failed: invalid quote: package.unique_id: expected ", exception.Message, StringComparison.Ordinal);
    }
}
