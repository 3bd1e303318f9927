using MarbleRun.Packages.Tests.Workbench;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Publishing;

/// <summary>The command line as one native file, as <c>src/MarbleRun.Cli/publish-native</c> makes it.</summary>
public sealed class NativeCommandLineTests(PackageFeed feed)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CommandLine_PublishedAsNativeCode_HasNoWarningsAndRuns()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && File.Exists("/usr/bin/clang"),
            "Native code needs a C compiler: on Debian the packages clang and zlib1g-dev.");
        Terminal folder = feed.NewFolder("native-command-line");

        string build = await feed.User.In(RepositoryFiles.Root).RunAsync(
            $"dotnet publish src/MarbleRun.Cli -c Release --use-current-runtime -p:PublishAot=true -p:TrimmerSingleWarn=false "
                + $"--disable-build-servers -o '{folder.Folder}'",
            Cancellation);
        string version = await folder.RunAsync("./marblerun version", Cancellation);
        string check = await folder.RunAsync(
            $"./marblerun manifest check {RepositoryFiles.Root}/samples/manifests/minimal.json", Cancellation);

        // Trimming and native code: IL2000 to IL3999.
        Assert.DoesNotMatch("(warning|error) IL[23]", build);
        Assert.False(File.Exists(folder.PathOf("marblerun.dll")));
        Assert.StartsWith("CLI Version: v", version, StringComparison.Ordinal);
        Assert.EndsWith("minimal.json: no errors, no warnings\n", check, StringComparison.Ordinal);
    }
}
