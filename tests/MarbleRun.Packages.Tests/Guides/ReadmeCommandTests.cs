using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Guides;

/// <summary>The READMEs of the packages and of what the templates make: their commands are run unchanged.</summary>
public sealed class ReadmeCommandTests(PackageFeed feed)
{
    private const string TemplatesReadme = "nuget/MarbleRun.Templates/README.md";
    private const string CoordinatorReadme = "nuget/MarbleRun.Coordinator/README.md";
    private const string MarbleTemplateReadme = "nuget/MarbleRun.Templates/templates/marble/README.md";
    private const string CoordinatorTemplateReadme = "nuget/MarbleRun.Templates/templates/coordinator/README.md";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nuget/MarbleRun.Attestation/README.md", "install", "MarbleRun.Attestation")]
    [InlineData("nuget/MarbleRun.Sdk/README.md", "install", "MarbleRun.Sdk")]
    [InlineData("nuget/MarbleRun.Testing/README.md", "install", "MarbleRun.Testing")]
    public async Task Install_OfAPackage_AddsItToAProject(string file, string part, string package)
    {
        Terminal folder = feed.NewFolder($"with-{package}");
        await folder.RunAsync("dotnet new web --output . --name App", Cancellation);

        await folder.RunAsync(Guide.Commands(file, part), Cancellation);

        string project = await File.ReadAllTextAsync(folder.PathOf("App.csproj"), Cancellation);
        Assert.Contains($"<PackageReference Include=\"{package}\" Version=\"", project, StringComparison.Ordinal);
        await folder.BuildAsync(".", Cancellation);
    }

    [Fact]
    public async Task Templates_InstalledByTheirReadme_MakeAMeshThatAnswers()
    {
        Terminal folder = feed.NewHome("templates");
        await folder.RunAsync(Guide.Commands(TemplatesReadme, "install"), Cancellation);

        await using Job mesh = folder.Start(Guide.Commands(TemplatesReadme, "mesh"));

        await mesh.WaitForAsync("^The gateway answers: Hello world, signed by the backend: [0-9a-f]{64}$", Cancellation);
        Assert.Equal(0, await mesh.InterruptAsync(Cancellation));
    }

    [Fact]
    public async Task Coordinator_MadeByItsReadme_RunsAndWaitsForAManifest()
    {
        FixedPorts.AssertFree(2001, 4433);
        Terminal folder = feed.NewHome("coordinator");
        await folder.RunAsync(Guide.Commands(CoordinatorReadme, "new"), Cancellation);
        Terminal project = folder.In("Coordinator");
        await project.BuildAsync("Coordinator.csproj", Cancellation);

        await using Job coordinator = project.Start(
            await MadeCommandsAsync(project, CoordinatorTemplateReadme, "run", "Company-Coordinator1"));

        await coordinator.WaitForAsync(@"clients manage and verify at https://127\.0\.0\.1:4433\.", Cancellation);
        Assert.False(File.Exists(project.PathOf("bin/Debug/net10.0/manifest.json")));
        Assert.Equal(0, await coordinator.InterruptAsync(Cancellation));
    }

    [Fact]
    public async Task Marble_RunAsItsReadmeSays_Activates()
    {
        FixedPorts.AssertFree(2001, 4433);
        Terminal folder = feed.NewFolder("marble-by-readme");
        await folder.RunAsync("dotnet new marble --output Ware-house.7", Cancellation);
        Terminal marble = folder.In("Ware-house.7");

        await using Job coordinator = marble.Start(await MadeCommandsAsync(marble, MarbleTemplateReadme, "coordinator", "Company-Marble1"));
        await coordinator.WaitForAsync(@"Marbles activate at 127\.0\.0\.1:2001;", Cancellation);
        await using Job service = marble.Start(await MadeCommandsAsync(marble, MarbleTemplateReadme, "run", "Company-Marble1"));

        await service.WaitForAsync("Now listening on: https://localhost:7[3-5][0-9]{2}$", Cancellation);
        Assert.Equal(0, await service.InterruptAsync(Cancellation));
        Assert.Equal(0, await coordinator.InterruptAsync(Cancellation));
    }

    /// <summary>The commands with the name that was chosen, as the README has them that was made.</summary>
    private static async Task<string> MadeCommandsAsync(Terminal project, string file, string part, string placeholder)
    {
        string commands = Guide.Commands(file, part).Replace(placeholder, Path.GetFileName(project.Folder), StringComparison.Ordinal);
        string readme = await File.ReadAllTextAsync(project.PathOf("README.md"), Cancellation);
        Assert.Contains($"```sh\n{commands}```", readme, StringComparison.Ordinal);
        Assert.DoesNotContain("<!--", readme, StringComparison.Ordinal);
        return commands;
    }
}
