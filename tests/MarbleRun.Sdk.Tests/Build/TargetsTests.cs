using System.Diagnostics;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Build;

/// <summary>The MSBuild targets that the package brings along, in projects that have nothing else.</summary>
public sealed class TargetsTests : IDisposable
{
    private const string App = """
        <Project>
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <AssemblyName>App</AssemblyName>
            <PublishAot>true</PublishAot>
            <PublishDir>out/</PublishDir>
            <OutDir>out/</OutDir>
          </PropertyGroup>
          <Target Name="Publish" />
          <Target Name="CopyFilesToOutputDirectory" />
          <Import Project="package/build/MarbleRun.Sdk.targets" />
        </Project>
        """;

    private const string Service = """
        <Project>
          <Target Name="Restore" />
          <Target Name="Build" />
          <Target Name="GetTargetPath" Returns="$(MSBuildProjectDirectory)/out/App" />
        </Project>
        """;

    private readonly TemporaryDirectory _directory = new();

    public TargetsTests()
    {
        // As in the package: build/ and tools/.
        Copy(Path.Combine(RepositoryFiles.Root, "src", "MarbleRun.Sdk", "build"), _directory.File("package/build"));
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        Copy(Path.Combine(RepositoryFiles.Root, "artifacts", "bin", "MarbleRun.Sdk.Tools", configuration), _directory.File("package/tools/net10.0"));
        Directory.CreateDirectory(_directory.File("out"));
        File.WriteAllText(_directory.File("out/App"), "a native executable");
        File.WriteAllText(_directory.File("App.proj"), App);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Publish_WhereNobodySaysWhichDotnetItIs_WritesThePackage()
    {
        (int exitCode, string output) = await BuildAsync("-target:Publish", "-property:DOTNET_HOST_PATH=");

        Assert.True(exitCode == 0, output);
        Assert.Contains("UniqueID", await File.ReadAllTextAsync(_directory.File("out/marblerun-package.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "G8")]
    [InlineData("", "-property:Configuration=Debug")]
    [InlineData("false", "-property:Configuration=Release")]
    [InlineData("false", "-property:Configuration=Debug", "-property:_IsPublishing=true")]
    [InlineData("true", "-property:Configuration=Release", "-property:StartupHookSupport=true")]
    public async Task StartupHookSupport_OfWhatIsReleasedOrPublished_IsOffUnlessTheProjectSaysOtherwise(string expected, params string[] properties)
    {
        (int exitCode, string output) = await BuildAsync(["-getProperty:StartupHookSupport", .. properties]);

        Assert.True(exitCode == 0, output);
        Assert.Equal(expected, output.Trim());
    }

    [Fact]
    public async Task Publish_IntoAFolderThatAShellWouldRead_RunsNothingOfIt()
    {
        Directory.CreateDirectory(_directory.File("$(touch seen) `touch seen`; 'a'"));
        File.Copy(_directory.File("out/App"), _directory.File("$(touch seen) `touch seen`; 'a'/App"));
        await File.WriteAllTextAsync(
            _directory.File("App.proj"),
            App.Replace("<PublishDir>out/", "<PublishDir>%24(touch seen) `touch seen`%3B 'a'/", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        (int exitCode, string output) = await BuildAsync("-target:Publish");

        Assert.True(exitCode == 0, output);
        Assert.True(File.Exists(_directory.File("$(touch seen) `touch seen`; 'a'/marblerun-package.json")), output);
        Assert.Empty(Directory.EnumerateFiles(_directory.Path, "seen", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Build_WithAMarbleProject_MakesTheManifestAndNoKeysOfAPlatform()
    {
        await File.WriteAllTextAsync(_directory.File("Service.proj"), Service, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _directory.File("App.proj"),
            App.Replace("<Import", """<ItemGroup><MarbleProject Include="Service.proj" Package="the 'first' = 1; service" /></ItemGroup><Import""", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _directory.File("manifest.template.json"),
            """{ "Packages": { "the 'first' = 1; service": {} }, "Marbles": { "service": { "Package": "the 'first' = 1; service" } } }""",
            TestContext.Current.CancellationToken);

        (int exitCode, string output) = await BuildAsync("-target:CopyFilesToOutputDirectory");

        Assert.True(exitCode == 0, output);
        Assert.Contains("\"UniqueID\": \"", await File.ReadAllTextAsync(_directory.File("out/manifest.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("simulation")));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private async Task<(int ExitCode, string Output)> BuildAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", _directory.File("App.proj"), "-nologo", "-nodeReuse:false", .. arguments])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _directory.File("out"),
        };
        start.Environment["MARBLERUN_SIMULATION_DIR"] = _directory.File("simulation");
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }
}
