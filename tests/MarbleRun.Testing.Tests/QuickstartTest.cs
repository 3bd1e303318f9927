namespace MarbleRun.Testing.Tests;

/// <summary>The base of tests that each have a mesh with the manifest of the quickstart.</summary>
public abstract class QuickstartTest : IAsyncLifetime
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected TestMesh Mesh { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Mesh = await TestMesh.StartAsync(Manifests.Quickstart(), Token);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Mesh.DisposeAsync();
    }
}
