using System.Diagnostics;
using System.Globalization;
using MarbleRun.Packages.Tests.Guides;
using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Templates;

/// <summary>What <c>dotnet new marblerun-mesh</c> makes, under a name that is not a namespace, and what its README says.</summary>
public sealed class MeshTemplateTests(PackageFeed feed)
{
    private const string Readme = "nuget/MarbleRun.Templates/templates/mesh/README.md";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mesh_UnderAnAwkwardName_AnswersAndPassesItsTests()
    {
        Terminal folder = feed.NewFolder("mesh template");
        await folder.RunAsync("dotnet new marblerun-mesh --output My-Mesh.3 --no-restore\ndotnet restore My-Mesh.3", Cancellation);
        Directory.Delete(folder.PathOf("My-Mesh.3"), recursive: true);
        Terminal mesh = folder.In("My-Mesh.3");

        // The promise is a minute, with the packages there already; it depends on the machine, so it is reported and not tested.
        var watch = Stopwatch.StartNew();
        await folder.RunAsync("dotnet new marblerun-mesh --output My-Mesh.3", Cancellation);
        string once = await mesh.RunAsync("dotnet run start.cs -- --once", Cancellation);
        string elapsed = watch.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"From dotnet new to the end of the first answer: {elapsed} s.");
        TestContext.Current.SendDiagnosticMessage("From dotnet new to the end of the first answer: {0} s.", elapsed);

        Assert.Matches("\nVerified: the Coordinator's quote passed [0-9]+ checks, and it holds the manifest [0-9a-f]{64}\\.\n", once);
        Assert.Matches("\nThe gateway answers: Hello world, signed by the backend: [0-9a-f]{64}\n", once);

        await mesh.BuildAsync("My-Mesh.3.slnx", Cancellation);
        Assert.Contains("succeeded: 3", await mesh.RunAsync(Guide.Commands(Readme, "tests"), Cancellation), StringComparison.Ordinal);

        await using Job start = mesh.Start(Guide.Commands(Readme, "start"));
        await start.WaitForAsync("^The mesh runs until Ctrl", Cancellation);
        Assert.Equal(0, await start.InterruptAsync(Cancellation));
    }
}
