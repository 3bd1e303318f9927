using System.Diagnostics;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Build;

/// <summary>The targets as in the package, a project <c>App.proj</c> that imports them, and a platform of its own.</summary>
internal sealed class TargetsFolder : IDisposable
{
    public TargetsFolder(string app)
    {
        // As in the package: build/, tools/ and the schema.
        Copy(Path.Combine(RepositoryFiles.Root, "src", "MarbleRun.Sdk", "build"), Directory.File("package/build"));
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        Copy(
            Path.Combine(RepositoryFiles.Root, "artifacts", "bin", "MarbleRun.Sdk.Tools", configuration),
            Directory.File("package/tools/net10.0"));
        File.Copy(Path.Combine(RepositoryFiles.Root, "docs", "manifest.schema.json"), Directory.File("package/manifest.schema.json"));
        System.IO.Directory.CreateDirectory(Directory.File("out"));
        File.WriteAllText(Directory.File("out/App"), "a native executable");
        File.WriteAllText(Directory.File("App.proj"), app);
    }

    public TemporaryDirectory Directory { get; } = new();

    /// <summary>Where the platform is made, if anything makes it.</summary>
    public string Simulation => Directory.File("simulation");

    public void Dispose() => Directory.Dispose();

    public async Task<(int ExitCode, string Output)> BuildAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", Directory.File("App.proj"), "-nologo", "-nodeReuse:false", .. arguments])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Directory.File("out"),
        };
        start.Environment["MARBLERUN_SIMULATION_DIR"] = Simulation;
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }

    private static void Copy(string from, string to)
    {
        System.IO.Directory.CreateDirectory(to);
        foreach (string file in System.IO.Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
