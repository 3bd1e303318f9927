using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Recovery;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>Manifests that are no longer wanted: refused before anything of them is taken in.</summary>
[Trait("Security", "G2")]
public sealed class EarlyRefusalTests
{
    [Theory]
    [InlineData("/manifest", 400)]
    [InlineData("/api/v2/manifest", 500)]
    public async Task PostManifest_OneIsInForce_IsAnsweredBeforeTheBody(string path, int statusCode)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        CoordinatorState before = mesh.State;
        using HeldRequest request = await HeldRequest.StartAsync(mesh.Host, certificate: null, path, length: 1_000_000);

        string answer = await request.ReadAnswerAsync();

        Assert.StartsWith($"HTTP/1.1 {statusCode} ", answer, StringComparison.Ordinal);
        Assert.Contains("server is not in expected state", answer, StringComparison.Ordinal);
        Assert.Same(before, mesh.State);
    }

    [Fact]
    public async Task PostManifest_InRecovery_IsAnsweredBeforeTheBody()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(1);
        using HeldRequest request = await HeldRequest.StartAsync(mesh.Host, certificate: null, "/api/v2/manifest", length: 1_000_000);

        Assert.StartsWith("HTTP/1.1 500 ", await request.ReadAnswerAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await mesh.GetStatusCodeAsync());
    }
}
