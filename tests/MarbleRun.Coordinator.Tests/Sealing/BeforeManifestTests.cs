using MarbleRun.Coordinator.State;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Sealing;

/// <summary>The state before anybody set a manifest: sealed for this very code, and worth nothing to a thief.</summary>
[Trait("Security", "F3")]
[Trait("Security", "F6")]
public sealed class BeforeManifestTests : CoordinatorTest
{
    private const int PolicyOffset = 10;


    [Fact]
    public async Task Start_ByOtherCodeOfTheProduct_PutsTheStateAsideAndMakesAnother()
    {
        CoordinatorHost first = await StartAsync();
        Assert.Equal(1, ReadKey()[PolicyOffset]);
        byte[] data = ReadData(), root = StateOf(first).Authority.Root.RawData;
        Action<IServiceCollection> otherCode = OtherCode.Of(first, Folder);
        await first.DisposeAsync();

        await using (CoordinatorHost other = await StartAsync(otherCode))
        {
            Assert.Equal(CoordinatorPhase.AcceptingManifest, StateOf(other).Phase);
            Assert.NotEqual(root, StateOf(other).Authority.Root.RawData);
            Assert.Contains(other.Logs.Entries, e => e.Contains("StateWorthless", StringComparison.Ordinal));
            Assert.Equal(
                data,
                await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(Folder.File("seal"), "sealed_data.2*")), Cancellation));
            Assert.Single(Directory.GetFiles(Folder.File("seal"), "sealed_key.2*"));
            await TestManifest.SetAsync(other);
        }

        // With a manifest it is the product's, and this code opens it.
        CoordinatorHost again = await StartAsync();
        Assert.Equal(CoordinatorPhase.AcceptingMarbles, StateOf(again).Phase);
    }

    [Fact]
    public async Task Start_BySameCode_GoesOnWithIt()
    {
        CoordinatorHost first = await StartAsync();
        byte[] root = StateOf(first).Authority.Root.RawData;
        await first.DisposeAsync();

        CoordinatorHost again = await StartAsync();

        Assert.Equal(root, StateOf(again).Authority.Root.RawData);
        Assert.Empty(Directory.GetFiles(Folder.File("seal"), "sealed_data.2*"));
    }

    [Fact]
    public async Task Set_FirstManifest_MakesANewRootSecretAndIntermediateUnderTheSameRoot()
    {
        CoordinatorHost host = await StartAsync();
        CoordinatorState before = StateOf(host);
        byte[] key = before.Protection.Key.Bytes.ToArray();

        await TestManifest.SetAsync(host);

        CoordinatorState after = StateOf(host);
        Assert.Equal(before.Authority.Root.RawData, after.Authority.Root.RawData);
        Assert.NotEqual(before.Authority.Intermediate.GetPublicKey(), after.Authority.Intermediate.GetPublicKey());
        Assert.NotEqual(before.Authority.MarbleRoot.GetPublicKey(), after.Authority.MarbleRoot.GetPublicKey());
        Assert.NotEqual(before.RootSecret.ToArray(), after.RootSecret.ToArray());
        Assert.NotEqual(key, after.Protection.Key.Bytes.ToArray());
        Assert.Equal(2, ReadKey()[PolicyOffset]);
    }

    [Fact]
    public async Task Start_CopyOfTheFilesOfBeforeTheManifest_KnowsNoSecretOfAfterIt()
    {
        using var copy = new TemporaryDirectory();
        CoordinatorState after;
        await using (CoordinatorHost host = await StartAsync())
        {
            Directory.CreateDirectory(copy.File("seal"));
            foreach (string name in (string[])["sealed_data", "sealed_key"])
            {
                File.Copy(Folder.File($"seal/{name}"), copy.File($"seal/{name}"));
            }

            await TestManifest.SetAsync(host);
            after = StateOf(host);
        }

        Directory.CreateDirectory(copy.File("simulation"));
        foreach (string path in Directory.GetFiles(Folder.File("simulation")))
        {
            File.Copy(path, Path.Combine(copy.File("simulation"), Path.GetFileName(path)));
        }

        await using CoordinatorHost stolen = await CoordinatorHost.StartAsync(copy);
        CoordinatorState known = StateOf(stolen);
        Assert.Equal(after.Authority.Root.RawData, known.Authority.Root.RawData);
        Assert.Equal(CoordinatorPhase.AcceptingManifest, known.Phase);
        Assert.NotEqual(after.RootSecret.ToArray(), known.RootSecret.ToArray());
        Assert.NotEqual(after.Authority.MarbleRoot.GetPublicKey(), known.Authority.MarbleRoot.GetPublicKey());
    }

    [Fact]
    public async Task Start_KeyOfBeforeTheManifestPutBack_IsRecoveryOfTheStateThatHasOne()
    {
        byte[] old;
        await using (CoordinatorHost host = await StartAsync())
        {
            old = ReadKey();
            await TestManifest.SetAsync(host);
        }

        await File.WriteAllBytesAsync(Folder.File("seal/sealed_key"), old, Cancellation);
        CoordinatorHost again = await StartAsync();

        Assert.Equal(CoordinatorPhase.Recovery, StateOf(again).Phase);
        Assert.Empty(Directory.GetFiles(Folder.File("seal"), "sealed_data.2*"));
    }

    private byte[] ReadKey() => File.ReadAllBytes(Folder.File("seal/sealed_key"));

    private byte[] ReadData() => File.ReadAllBytes(Folder.File("seal/sealed_data"));

    private static CoordinatorState StateOf(CoordinatorHost host) => host.Services.GetRequiredService<CurrentState>().Value;
}
