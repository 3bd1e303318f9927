using System.Text.Json.Nodes;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Tests.Build;

/// <summary>The manifest that a build makes of a template and of the services that the project names.</summary>
public sealed class ManifestTargetTests : IDisposable
{
    private const string Build = "-target:CopyFilesToOutputDirectory";
    private const string Awkward = "the 'first' = 1; service";

    private readonly TargetsFolder _package = new(
        $"""
        <Project>
          <PropertyGroup>
            <OutDir>out/</OutDir>
            <TargetFramework>net10.0</TargetFramework>
            <BaseIntermediateOutputPath>obj/</BaseIntermediateOutputPath>
          </PropertyGroup>
          <ItemGroup>
            <MarbleProject Include="Service.proj" Package="{Awkward}" />
            <MarbleProject Include="Other.proj" Package="other" />
          </ItemGroup>
          <Target Name="Publish" />
          <Target Name="CopyFilesToOutputDirectory" />
          <Import Project="package/build/MarbleRun.Sdk.targets" />
        </Project>
        """);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ManifestTargetTests()
    {
        Write("Service.proj", Service("net10.0"));
        Write("Other.proj", Service("net10.0"));
        Write(
            "manifest.template.json",
            $$"""
            {
              "$schema": "obj/manifest.schema.json",
              "Packages": { "{{Awkward}}": {}, "other": {} },
              "Marbles": { "service": { "Package": "{{Awkward}}" }, "other": { "Package": "other" } }
            }
            """);
    }

    public void Dispose() => _package.Dispose();

    [Theory]
    [InlineData("-property:Configuration=Release")]
    [InlineData("-property:Configuration=Debug", "-property:MarbleManifestPin=measurement", "-property:SignMarbleManifest=false")]
    public async Task Build_ForAnythingButDeveloping_PinsByMeasurementAndMakesNoKeys(params string[] properties)
    {
        JsonObject packages = await MakeAsync(properties);

        Assert.All(packages, p => Assert.Equal(["UniqueID"], p.Value!.AsObject().Select(m => m.Key)));
        Assert.False(Directory.Exists(_package.Simulation));
    }

    [Fact]
    public async Task Build_ForDeveloping_PinsBySignerAndStaysTheSameForOtherCode()
    {
        JsonObject packages = await MakeAsync("-property:Configuration=Debug");
        byte[] first = await File.ReadAllBytesAsync(_package.Directory.File("out/manifest.json"), Cancellation);
        Write("out/App", "another native executable");
        await MakeAsync("-property:Configuration=Debug");

        Assert.Equal(first, await File.ReadAllBytesAsync(_package.Directory.File("out/manifest.json"), Cancellation));
        Assert.Equal([Awkward, "other"], packages.Select(p => p.Key));
        Assert.All(packages, p => Assert.Equal(SimulationPlatform.Open(_package.Simulation).SignerId, (string?)p.Value!["SignerID"]));
        Assert.All(packages, p => Assert.Equal((1, 1), ((int)p.Value!["ProductID"]!, (int)p.Value["SecurityVersion"]!)));
    }

    [Fact]
    public async Task Build_OfServicesOfOneProduct_SaysThatTheSignerDoesNotDistinguishThem()
    {
        (_, string output) = await _package.BuildAsync(Build, "-property:Configuration=Debug");

        Assert.Contains(
            $"{Awkward}, other have the same MarbleProductId, 1: pinned by their signer, each may activate as the other.",
            output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_OfATemplateThatLacksPackages_NamesThemAllAtOnce()
    {
        Write("manifest.template.json", """{ "Packages": { "third": {} }, "Marbles": { "third": { "Package": "third" } } }""");

        (int exitCode, string output) = await _package.BuildAsync(Build);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(
            $$"""error MARBLE001: The manifest has no package '{{Awkward}}', 'other' that is an object. Add "{{Awkward}}": {}, "other": {} to its Packages.""",
            output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_WithAPinThatIsInvalid_NamesTheProperty()
    {
        (int exitCode, string output) = await _package.BuildAsync(Build, "-property:MarbleManifestPin=name");

        Assert.NotEqual(0, exitCode);
        Assert.Contains(
            "MarbleManifestPin is \"name\". Set the MSBuild property to signer or measurement.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_OfAServiceForSeveralFrameworks_TakesTheOneOfTheProjectOrOfTheItem()
    {
        Write("Service.proj", Service("net8.0;net10.0"));
        await MakeAsync();
        Assert.Equal("net10.0", await File.ReadAllTextAsync(_package.Directory.File("built.txt"), Cancellation));

        await ChangeAppAsync("Package=\"the", "TargetFramework=\"net8.0\" Package=\"the");
        await MakeAsync();
        Assert.Equal("net8.0", await File.ReadAllTextAsync(_package.Directory.File("built.txt"), Cancellation));
    }

    [Fact]
    public async Task Build_OfAServiceForOtherFrameworks_SaysWhichThereAre()
    {
        Write("Service.proj", Service("net8.0;net9.0"));

        (int exitCode, string output) = await _package.BuildAsync(Build);

        Assert.NotEqual(0, exitCode);
        Assert.Matches(
            """error : MarbleProject 'Service\.proj' is built for net8\.0;net9\.0, not for net10\.0: add TargetFramework="one of them"\.""",
            output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false, "-property:RestoreMarbleProjects=false")]
    public async Task Build_ThatShallNotRestore_DoesNot(bool expected, params string[] properties)
    {
        await MakeAsync(properties);

        Assert.Equal(expected, File.Exists(_package.Directory.File("restored.txt")));
    }

    [Fact]
    public async Task Build_WithATemplate_BringsTheSchemaThatItNames()
    {
        await MakeAsync();

        Assert.True(File.Exists(_package.Directory.File("obj/manifest.schema.json")));
    }

    [Fact]
    public async Task Publish_OfWhatMakesAManifest_SaysThatItIsNotPublished()
    {
        (int exitCode, string output) = await _package.BuildAsync("-target:Publish", "-verbosity:minimal");

        Assert.True(exitCode == 0, output);
        Assert.Contains("App: manifest.json is not published: ", output, StringComparison.Ordinal);
        Assert.Contains("ByMeasurement or BySigner of its marblerun-package.json", output, StringComparison.Ordinal);
    }

    private async Task<JsonObject> MakeAsync(params string[] properties)
    {
        (int exitCode, string output) = await _package.BuildAsync([Build, .. properties]);
        Assert.True(exitCode == 0, output);
        return JsonNode.Parse(
            await File.ReadAllTextAsync(_package.Directory.File("out/manifest.json"), Cancellation))!["Packages"]!.AsObject();
    }

    private async Task ChangeAppAsync(string old, string replacement)
    {
        string app = await File.ReadAllTextAsync(_package.Directory.File("App.proj"), Cancellation);
        Write("App.proj", app.Replace(old, replacement, StringComparison.Ordinal));
    }

    private void Write(string name, string text) => File.WriteAllText(_package.Directory.File(name), text);

    /// <summary>What the SDK's own targets answer, and where they were asked.</summary>
    private static string Service(string frameworks) =>
        $"""
        <Project>
          <Target Name="Restore">
            <WriteLinesToFile File="restored.txt" Lines="restored" Overwrite="true" />
          </Target>
          <Target Name="GetTargetFrameworks" Returns="@(Answer)">
            <ItemGroup>
              <Answer Include="$(MSBuildProjectFullPath)" TargetFrameworks="{frameworks.Replace(";", "%3B", StringComparison.Ordinal)}"
                      HasSingleTargetFramework="{(frameworks.Contains(';', StringComparison.Ordinal) ? "false" : "true")}" />
            </ItemGroup>
          </Target>
          <Target Name="Build">
            <Exec Command="printf %25s &quot;$(TargetFramework)&quot; > built.txt" Condition="'$(MSBuildProjectName)' == 'Service'" />
          </Target>
          <Target Name="GetTargetPath" Returns="$(MSBuildProjectDirectory)/out/App" />
        </Project>
        """;
}
