using System.Text.Json;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Manifests;

/// <summary>A manifest from built projects: these tests' own.</summary>
public sealed class ManifestNewTests
{
    private static readonly string s_project = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Cli.Tests");

    private static string Configuration =>
        AppContext.BaseDirectory.Contains("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";

    [Fact]
    public async Task New_BuiltProject_IsAPackageByItsMeasurementAndAMarble()
    {
        using var folder = new TemporaryDirectory();
        string manifest = folder.File("manifest.json");

        string[] args = ["manifest", "new", "--project", s_project, "--configuration", Configuration, "-o", manifest];
        Transcript run = await Transcript.RunAsync(args);
        Transcript second = await Transcript.RunAsync(args);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        byte[] content = await File.ReadAllBytesAsync(manifest, TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(content);
        Assert.Equal(
            SimulationPlatform.Open().MeasureApplication(typeof(ManifestNewTests).Assembly.Location).UniqueId,
            document.RootElement.GetProperty("Packages").GetProperty("marblerun.cli.tests").GetProperty("UniqueID").GetString());
        Assert.DoesNotContain(ManifestChecker.Check(content).Problems, p => p.Severity == MarbleRun.Manifests.ManifestSeverity.Error);
        Assert.Equal(
            (2, $"Error: {manifest} exists, and is not overwritten. Specify another file, or remove it.\n"),
            (second.ExitCode, second.Error));
    }

    [Fact]
    public async Task New_ProjectThatWasNotBuilt_SaysHowToBuildIt()
    {
        Transcript run = await Transcript.RunAsync("manifest", "new", "--project", s_project, "--configuration", "Never");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"Run dotnet build -c Never {s_project}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_NoProject_NamesIt()
    {
        Transcript run = await Transcript.RunAsync("manifest", "new", "--project", "/nothing/here");

        Assert.Equal((2, "Error: The project /nothing/here does not exist.\n"), (run.ExitCode, run.Error));
    }
}
