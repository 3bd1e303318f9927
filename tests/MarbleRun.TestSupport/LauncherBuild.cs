namespace MarbleRun.TestSupport;

/// <summary>The launcher as it ships, in native code. Test projects that run at the same time share one publication.</summary>
public static class LauncherBuild
{
    /// <summary>Publishes it, or finds that nothing changed.</summary>
    /// <returns>The path of the program, or the reason why this machine cannot make it.</returns>
    public static async Task<(string? Path, string? Missing)> PublishAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "The launcher is for Linux.");
        }

        foreach (string tool in (string[])["cmake", "cc", "clang"])
        {
            if (await ExternalTool.TryRunAsync(tool, ["--version"], CancellationToken.None) is not { ExitCode: 0 })
            {
                return (null, "Native code needs CMake, clang and a C compiler: on Debian the packages cmake, clang, gcc and zlib1g-dev.");
            }
        }

        string folder = Path.Combine(RepositoryFiles.Root, "artifacts", "premain");
        using FileStream turn = await WaitForTurnAsync(folder + ".lock");
        (int exitCode, string output) = (await ExternalTool.TryRunAsync(
            "dotnet",
            [
                "publish",
                Path.Combine(RepositoryFiles.Root, "src", "MarbleRun.Premain"),
                "--configuration",
                "Release",
                "--use-current-runtime",
                "--output",
                folder,
            ],
            CancellationToken.None))!.Value;
        Assert.True(exitCode == 0, output);
        return (Path.Combine(folder, "marblerun-premain"), null);
    }

    private static async Task<FileStream> WaitForTurnAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another test project publishes it.
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }
}
