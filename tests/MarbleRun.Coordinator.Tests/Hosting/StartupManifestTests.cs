using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>The manifest that a start option names.</summary>
public sealed class StartupManifestTests : CoordinatorTest
{
    private readonly UserClient _admin = new("admin");

    private (string, string) Option => ("StartupManifest", Folder.File("manifest.json"));

    private string SecretsPath => Folder.File("seal/recovery_secrets.json");

    public override ValueTask DisposeAsync()
    {
        _admin.Dispose();
        return base.DisposeAsync();
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Start_Manifest_IsSetOnceAndItsSecretsAreKept()
    {
        await WriteAsync(2);
        await (await StartAsync(settings: Option)).DisposeAsync();
        byte[] secrets = await File.ReadAllBytesAsync(SecretsPath, Cancellation);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretsPath));
        }

        using (var json = JsonDocument.Parse(secrets))
        {
            Assert.All(MeshToRecover.ReadShares(json.RootElement), share => Assert.Equal(32, share.Value.Length));
            Assert.Equal(["party 1", "party 2"], json.RootElement.EnumerateObject().Select(s => s.Name));
        }

        await using (CoordinatorHost again = await StartAsync(settings: Option))
        {
            Assert.Equal(3, await GetStatusCodeAsync(again));
            Assert.Contains(again.Logs.Entries, e => e.Contains("StartupManifestInForce", StringComparison.Ordinal));
        }

        await WriteAsync(1);
        CoordinatorHost other = await StartAsync(settings: Option);
        Assert.Equal(3, await GetStatusCodeAsync(other));
        Assert.Contains(other.Logs.Entries, e => e.Contains("OtherManifestInForce", StringComparison.Ordinal));
        Assert.Equal(secrets, await File.ReadAllBytesAsync(SecretsPath, Cancellation));
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    [Case("state-and-sealing", "Recovery begins when the key is missing")]
    public async Task Start_StateThatWaitsForItsKey_IsLeftAlone(string afresh)
    {
        await WriteAsync(2);
        await (await StartAsync(settings: Option)).DisposeAsync();
        File.Delete(Folder.File("seal/sealed_key"));
        byte[] data = await File.ReadAllBytesAsync(Folder.File("seal/sealed_data"), Cancellation);
        byte[] secrets = await File.ReadAllBytesAsync(SecretsPath, Cancellation);

        CoordinatorHost host = await StartAsync(null, Option, ("StartAfresh", afresh));

        Assert.Equal(1, await GetStatusCodeAsync(host));
        Assert.Contains(host.Logs.Entries, e => e.Contains("StartupManifestLeft", StringComparison.Ordinal));
        Assert.Equal(data, await File.ReadAllBytesAsync(Folder.File("seal/sealed_data"), Cancellation));
        Assert.Equal(secrets, await File.ReadAllBytesAsync(SecretsPath, Cancellation));
    }

    [Theory]
    [InlineData(null, "Cannot read startup manifest '")]
    [InlineData("", "Cannot set startup manifest '")]
    [InlineData("{", "Cannot set startup manifest '")]
    [InlineData("{}", "Cannot set startup manifest '")]
    [InlineData("""{"Packages":{"p":{}},"Marbles":{"m":{"Package":"nope"}}}""", "Cannot set startup manifest '")]
    public async Task Start_FaultyManifest_FailsWithAMessageAndSetsNothing(string? manifest, string sentence)
    {
        if (manifest is not null)
        {
            await File.WriteAllTextAsync(Folder.File("manifest.json"), manifest, Cancellation);
        }

        StartupManifestException exception = await Assert.ThrowsAsync<StartupManifestException>(
            () => StartAsync(settings: Option));

        Assert.StartsWith(sentence, exception.Message, StringComparison.Ordinal);
        CoordinatorHost host = await StartAsync();
        Assert.Equal(2, await GetStatusCodeAsync(host));
        Assert.False(File.Exists(SecretsPath));
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Start_SecretsThatCannotBeWritten_LeaveNoManifestWithoutThem()
    {
        await WriteAsync(2);
        await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(
            services => services.AddSingleton<IFileOperations>(new FullDisk("recovery_secrets.json")), Option));

        // Whatever was done before it failed: after the next start the parties have their secrets.
        CoordinatorHost host = await StartAsync(settings: Option);
        Assert.Equal(3, await GetStatusCodeAsync(host));
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(SecretsPath, Cancellation));
        Assert.Equal(2, MeshToRecover.ReadShares(json.RootElement).Count);
    }

    private async Task WriteAsync(int parties)
    {
        // The platform is not there before the first start; a marble of any code will do.
        string manifest = Encoding.UTF8.GetString(TestParty.ManifestOf(0, TestParty.Five[..parties]));
        await File.WriteAllTextAsync(
            Folder.File("manifest.json"),
            $$$"""{"Packages":{"app":{"UniqueID":"{{{new string('0', 64)}}}"}},"Marbles":{"web":{"Package":"app"}},{{{manifest[1..]}}}""",
            Cancellation);
    }

    private static async Task<int> GetStatusCodeAsync(CoordinatorHost host)
    {
        using HttpClient client = host.CreateClient();
        using var json = JsonDocument.Parse(await client.GetStringAsync(new Uri("/api/v2/status", UriKind.Relative), Cancellation));
        return json.RootElement.GetProperty("data").GetProperty("code").GetInt32();
    }

    /// <summary>Has no place for one file.</summary>
    private sealed class FullDisk(string name) : IFileOperations
    {
        private readonly FileOperations _real = new();

        public byte[]? Read(string path) => _real.Read(path);

        public void WriteDurably(string path, ReadOnlySpan<byte> content)
        {
            if (Path.GetFileName(path) == name)
            {
                throw new IOException("No space left on device.");
            }

            _real.WriteDurably(path, content);
        }

        public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content) => _real.AppendDurably(path, offset, content);

        public void Rename(string source, string destination) => _real.Rename(source, destination);

        public void Delete(string path) => _real.Delete(path);

        public void FlushDirectory(string directory) => _real.FlushDirectory(directory);
    }
}
