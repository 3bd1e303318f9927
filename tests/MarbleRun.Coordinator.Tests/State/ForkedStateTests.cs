using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>
/// Who has the disk starts two Coordinators from one sealed state. They have one root; but the key of the mesh port must tell their
/// manifests apart, since a Marble that compared one of them goes on with the holder of that key.
/// </summary>
public sealed class ForkedStateTests : IAsyncDisposable
{
    private readonly CoordinatorMachine _one = new();
    private readonly CoordinatorMachine _other = new();

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task SetManifest_OfTwoCopiesOfOneState_KeysOfTheMeshPortDiffer()
    {
        await _one.StartHostAsync();
        await _one.StopAsync();
        Copy();

        CoordinatorHost one = await _one.StartHostAsync();
        CoordinatorHost other = await _other.StartHostAsync();
        await TestManifest.SetAsync(one);
        await TestManifest.SetAsync(other);

        Assert.Equal(Authority(one).Root.RawData, Authority(other).Root.RawData);
        Assert.NotEqual(
            Authority(one).MarbleRoot.PublicKey.ExportSubjectPublicKeyInfo(),
            Authority(other).MarbleRoot.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.NotEqual(Authority(one).Intermediate.RawData, Authority(other).Intermediate.RawData);
    }

    private static MeshAuthority Authority(CoordinatorHost host) => host.Services.GetRequiredService<CurrentState>().Value.Authority;

    private void Copy()
    {
        foreach (string file in Directory.EnumerateFiles(_one.Folder.Path, "*", SearchOption.AllDirectories))
        {
            string copy = _other.Folder.File(Path.GetRelativePath(_one.Folder.Path, file));
            DirectoryInfo folder = Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            if (!OperatingSystem.IsWindows())
            {
                folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            }

            File.Copy(file, copy);
        }
    }
}
