namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>One mesh for tests that leave it as it was.</summary>
public sealed class GovernedFixture : IAsyncLifetime
{
    internal GovernedMesh Mesh { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Mesh = await GovernedMesh.StartAsync();

    public ValueTask DisposeAsync() => Mesh.DisposeAsync();
}
