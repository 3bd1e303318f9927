using MarbleRun;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Testing;
using MeshNamespace1.Backend;
using MeshNamespace1.Gateway;

namespace MeshNamespace1.Tests;

/// <summary>
/// The services with attestation on: a Coordinator and Marbles in this process, with real quotes under a root that this test made.
/// </summary>
public sealed class MeshTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateway_CalledFromOutside_AnswersWithTheBackendsSignature()
    {
        await using TestMesh mesh = await StartAsync();
        TestMarbleApplication backend = mesh.CreateMarble<Signer>("backend");
        TestMarbleApplication gateway = mesh.CreateMarble<BackendClient>("gateway", m => m.Configuration["Backend"] = backend.Address);

        VerifiedDeployment deployment = await mesh.VerifyAsync(Cancellation);
        using HttpClient outsider = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("gateway"));
        string answer = await outsider.GetStringAsync(new Uri($"{gateway.Address}/hello/world"), Cancellation);

        Assert.Matches("^Hello world, signed by the backend: [0-9a-f]{64}$", answer);
    }

    [Fact]
    public async Task Backend_CalledWithoutACertificate_RefusesTheConnection()
    {
        await using TestMesh mesh = await StartAsync();
        TestMarbleApplication backend = mesh.CreateMarble<Signer>("backend");

        VerifiedDeployment deployment = await mesh.VerifyAsync(Cancellation);
        using HttpClient anonymous = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend"));

        await Assert.ThrowsAsync<HttpRequestException>(
            () => anonymous.GetStringAsync(new Uri($"{backend.Address}/sign/world"), Cancellation));
    }

    [Fact]
    public async Task Backend_OfOtherCode_IsNotAdmitted()
    {
        await using TestMesh mesh = await StartAsync();
        AppMeasurement expected = await mesh.MeasureAsync("backend", Cancellation);

        await Assert.ThrowsAsync<MarbleActivationException>(
            () => mesh.ActivateAsync("backend", m => m.Measurement = expected with { UniqueId = new string('0', 64) }, Cancellation));
    }

    // The build makes the manifest from manifest.template.json and the measurements of the Marbles.
    private static Task<TestMesh> StartAsync() =>
        TestMesh.StartAsync(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "manifest.json")), Cancellation);
}
