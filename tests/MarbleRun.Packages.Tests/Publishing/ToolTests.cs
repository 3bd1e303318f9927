using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Publishing;

/// <summary>The command line as a tool of .NET: in a folder, in a manifest of tools, and run without an installation.</summary>
public sealed class ToolTests(PackageFeed feed)
{
    [Theory]
    [InlineData("folder", "dotnet tool install MarbleRun.Cli --tool-path tools", "tools/marblerun version")]
    [InlineData("local", "dotnet new tool-manifest && dotnet tool install MarbleRun.Cli", "dotnet marblerun version")]
    [InlineData("once", "true", "dotnet dnx MarbleRun.Cli --yes version")]
    public async Task Tool_InstalledInEachWay_Runs(string name, string install, string run)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Terminal folder = feed.NewHome($"tool-{name}");

        await folder.RunAsync(install, cancellation);
        string output = await folder.RunAsync(run, cancellation);

        Assert.Contains("CLI Version: v", output, StringComparison.Ordinal);
    }
}
