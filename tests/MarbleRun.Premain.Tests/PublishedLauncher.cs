using MarbleRun.TestSupport;

[assembly: AssemblyFixture(typeof(MarbleRun.Premain.Tests.PublishedLauncher))]

namespace MarbleRun.Premain.Tests;

/// <summary>The launcher as it ships, in native code, and a service in C; made once for all tests.</summary>
public sealed class PublishedLauncher : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private string? _missing;
    private string? _launcher;

    /// <summary>The service, which prints what it was started with.</summary>
    public string Service => _folder.File("service");

    public async ValueTask InitializeAsync()
    {
        (_launcher, _missing) = await LauncherBuild.PublishAsync();
        if (_missing is null)
        {
            (int exitCode, string output) = (await ExternalTool.TryRunAsync(
                "cc", ["-O1", "-o", Service, Path.Combine(AppContext.BaseDirectory, "service.c")], CancellationToken.None))!.Value;
            Assert.True(exitCode == 0, output);
        }
    }

    /// <summary>The launcher in a folder of its own, with the files that say whom and what it trusts.</summary>
    public string CopyTo(string folder, string? trust, string? settings = null)
    {
        Assert.SkipWhen(_missing is not null, _missing ?? string.Empty);
        Directory.CreateDirectory(folder);
        string copy = Path.Combine(folder, "marblerun-premain");
        File.Copy(_launcher!, copy);
        if (trust is not null)
        {
            File.WriteAllText(Path.Combine(folder, "marble-trust.json"), trust);
        }

        if (settings is not null)
        {
            File.WriteAllText(Path.Combine(folder, "marblerun-premain.json"), settings);
        }

        return copy;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
