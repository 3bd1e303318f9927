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

    private readonly TargetsFolder _package = new(App);

    private TemporaryDirectory Folder => _package.Directory;

    public void Dispose() => _package.Dispose();

    [Fact]
    public async Task Publish_WhereNothingSaysWhichDotnetItIs_WritesThePackage()
    {
        (int exitCode, string output) = await BuildAsync("-target:Publish", "-property:DOTNET_HOST_PATH=");

        Assert.True(exitCode == 0, output);
        Assert.Contains(
            "UniqueID",
            await File.ReadAllTextAsync(Folder.File("out/marblerun-package.json"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "G8")]
    [InlineData("", "-property:Configuration=Debug")]
    [InlineData("false", "-property:Configuration=Release")]
    [InlineData("false", "-property:Configuration=Debug", "-property:_IsPublishing=true")]
    [InlineData("true", "-property:Configuration=Release", "-property:StartupHookSupport=true")]
    public async Task StartupHookSupport_OfWhatIsReleasedOrPublished_IsOffUnlessTheProjectSaysOtherwise(
        string expected, params string[] properties)
    {
        (int exitCode, string output) = await BuildAsync(["-getProperty:StartupHookSupport", .. properties]);

        Assert.True(exitCode == 0, output);
        Assert.Equal(expected, output.Trim());
    }

    [Fact]
    public async Task Project_WhoseMarbleRuns_DoesNotTakeItsUuidForAFileOfItsOwn()
    {
        (int exitCode, string output) = await BuildAsync("-getProperty:DefaultItemExcludes");

        Assert.True(exitCode == 0, output);
        Assert.Contains("uuid", output.Trim().Split(';'));
    }

    [Fact]
    public async Task Publish_IntoAFolderThatAShellWouldRead_RunsNothingOfIt()
    {
        Directory.CreateDirectory(Folder.File("$(touch seen) `touch seen`; 'a'"));
        File.Copy(Folder.File("out/App"), Folder.File("$(touch seen) `touch seen`; 'a'/App"));
        await File.WriteAllTextAsync(
            Folder.File("App.proj"),
            App.Replace("<PublishDir>out/", "<PublishDir>%24(touch seen) `touch seen`%3B 'a'/", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        (int exitCode, string output) = await BuildAsync("-target:Publish");

        Assert.True(exitCode == 0, output);
        Assert.True(File.Exists(Folder.File("$(touch seen) `touch seen`; 'a'/marblerun-package.json")), output);
        Assert.Empty(Directory.EnumerateFiles(Folder.Path, "seen", SearchOption.AllDirectories));
    }

    private Task<(int ExitCode, string Output)> BuildAsync(params string[] arguments) => _package.BuildAsync(arguments);
}
