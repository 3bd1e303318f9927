using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Guides;

/// <summary>The first guide does what it says, for somebody with an empty home. Part "feed" is run by <see cref="PackageFeed"/>.</summary>
public sealed class GettingStartedTests(PackageFeed feed)
{
    private const string File = "docs/getting-started.md";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Feed_MadeAndAdded_HasThePackages()
    {
        string command = Guide.Commands(File, "feed").Split('\n')[1];

        Assert.StartsWith("dotnet nuget add source ", command, StringComparison.Ordinal);
        Assert.Contains(PackageFeed.Path, await feed.Newcomer.RunAsync("dotnet nuget list source", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mesh_InAnEmptyFolder_StartsAndPassesItsTests()
    {
        Terminal folder = feed.NewHome("mesh-in-a-minute");
        await using (Job mesh = folder.Start(Guide.Commands(File, "mesh")))
        {
            await mesh.WaitForAsync(
                "^Verified: the Coordinator's quote passed [0-9]+ checks, and it holds the manifest [0-9a-f]{64}", Cancellation);
            await mesh.WaitForAsync("^The gateway answers: Hello world, signed by the backend: [0-9a-f]{64}$", Cancellation);
            await mesh.WaitForAsync("^The mesh runs until Ctrl", Cancellation);
            Assert.Equal(0, await mesh.InterruptAsync(Cancellation));
        }

        string output = await folder.In("Shop").RunAsync(Guide.Commands(File, "tests"), Cancellation);

        Assert.Contains("succeeded: 3", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_ThatBecomesAMarble_AnswersWhoVerifiedTheMesh()
    {
        FixedPorts.AssertFree(2001, 4433, 8443);
        Terminal folder = feed.NewFolder("a-service");
        await folder.RunAsync(Guide.Commands(File, "service"), Cancellation);
        await InsertAfterAsync(
            folder.PathOf("Orders/Program.cs"), "var builder = WebApplication.CreateBuilder(args);", Guide.Line(File, "// this one"));
        await InsertAfterAsync(folder.PathOf("Orders/Orders.csproj"), "<PropertyGroup>", Guide.Property(File, "trust"));

        // Its first line leaves the folder of the part before.
        await using Job coordinator = folder.In("Orders").Start(Guide.Commands(File, "coordinator"));
        await coordinator.WaitForAsync(
            @"Marbles activate at 127\.0\.0\.1:2001; clients manage and verify at https://127\.0\.0\.1:4433\.", Cancellation);
        await using Job service = folder.Start(Guide.Commands(File, "run"));
        await service.WaitForAsync("Now listening on: https://localhost:8443", Cancellation);
        await System.IO.File.WriteAllTextAsync(folder.PathOf("verify.cs"), Guide.Program(File, "#:package MarbleRun.Sdk@"), Cancellation);
        string verified = await folder.RunAsync(Guide.Commands(File, "verify"), Cancellation);

        Assert.Matches("This is the Coordinator that was built here, and its manifest is [0-9a-f]{64}.\nHello World!\n", verified);
        Assert.Equal(0, await service.InterruptAsync(Cancellation));
        Assert.Equal(0, await coordinator.InterruptAsync(Cancellation));

        await folder.RunAsync(Guide.Commands(File, "publish"), Cancellation);
        Assert.Matches(
            "\"UniqueID\": \"[0-9a-f]{64}\"",
            await System.IO.File.ReadAllTextAsync(folder.PathOf("published/marblerun-package.json"), Cancellation));
    }

    /// <summary>What the guide adds, after the line that it follows there.</summary>
    private static async Task InsertAfterAsync(string file, string before, string line)
    {
        string text = await System.IO.File.ReadAllTextAsync(file, Cancellation);
        Assert.Contains(before, text, StringComparison.Ordinal);
        await System.IO.File.WriteAllTextAsync(file, text.Replace(before, $"{before}\n{line}", StringComparison.Ordinal), Cancellation);
    }
}
