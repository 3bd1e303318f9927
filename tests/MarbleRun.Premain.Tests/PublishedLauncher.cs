using MarbleRun.TestSupport;

[assembly: AssemblyFixture(typeof(MarbleRun.Premain.Tests.PublishedLauncher))]

namespace MarbleRun.Premain.Tests;

/// <summary>The launcher as it ships, in native code, and a service in C; made once for all tests.</summary>
public sealed class PublishedLauncher : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private string? _missing;

    private static string Launcher => Path.Combine(RepositoryFiles.Root, "artifacts/premain/marblerun-premain");

    /// <summary>The service, which prints what it was started with.</summary>
    public string Service => _folder.File("service");

    public async ValueTask InitializeAsync()
    {
        _missing = !OperatingSystem.IsLinux() ? "The launcher is for Linux."
            : await HasAsync("cmake") && await HasAsync("cc") && await HasAsync("clang") ? null
            : "Native code needs CMake, clang and a C compiler: on Debian the packages cmake, clang, gcc and zlib1g-dev.";
        if (_missing is null)
        {
            await RunAsync("cc", "-O1", "-o", Service, Path.Combine(AppContext.BaseDirectory, "service.c"));
            await RunAsync(
                "dotnet",
                "publish",
                Path.Combine(RepositoryFiles.Root, "src/MarbleRun.Premain"),
                "--configuration",
                "Release",
                "--use-current-runtime",
                "--output",
                Path.GetDirectoryName(Launcher)!);
        }
    }

    /// <summary>The launcher in a folder of its own, with the files that say whom and what it trusts.</summary>
    public string CopyTo(string folder, string? trust, string? settings = null)
    {
        Assert.SkipWhen(_missing is not null, _missing ?? string.Empty);
        Directory.CreateDirectory(folder);
        string copy = Path.Combine(folder, "marblerun-premain");
        File.Copy(Launcher, copy);
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

    private static async Task<bool> HasAsync(string program) =>
        await ExternalTool.TryRunAsync(program, ["--version"], CancellationToken.None) is { ExitCode: 0 };

    private static async Task RunAsync(string program, params string[] arguments)
    {
        (int exitCode, string output) = (await ExternalTool.TryRunAsync(program, arguments, CancellationToken.None))!.Value;
        Assert.True(exitCode == 0, output);
    }
}
