using MarbleRun.Testing;
using MarbleRun.TestSupport;

namespace MarbleRun.Recipes.Tests;

/// <summary>The base of tests that each have the mesh of the recipes, and a folder for the files of a server.</summary>
public abstract class RecipeTest : IAsyncLifetime
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected TestMesh Mesh { get; private set; } = null!;

    protected TemporaryDirectory Folder { get; } = new();

    public async ValueTask InitializeAsync() => Mesh = await RecipeMesh.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Mesh.DisposeAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="RecipeMesh.CreateServerFilesAsync"/>
    private protected Task<ServerFiles> CreateServerFilesAsync() => RecipeMesh.CreateServerFilesAsync(Mesh, Folder);
}
