namespace MarbleRun.Packages.Tests.Targets;

/// <summary>What is wrong with a project or its manifest is reported by the build, with its place and what to do.</summary>
public sealed class BuildErrorTests(BlankFolder folder) : IClassFixture<BlankFolder>
{
    private const string Template = "The Coordinator/manifest.template.json";
    private const string Project = "The Coordinator/The Coordinator.csproj";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Build_InAFolderWithBlanks_MakesTheManifest()
    {
        string manifest = await File.ReadAllTextAsync(
            folder.Folder.PathOf("The Coordinator/bin/Debug/net10.0/manifest.json"), Cancellation);

        Assert.Matches("\"my-orders\": { \"SignerID\": \"[0-9a-f]{64}\", \"ProductID\": 1, \"SecurityVersion\": 1 }", manifest);
    }

    [Fact]
    public async Task Publish_InAFolderWithBlanks_WritesThePackage()
    {
        await folder.Folder.RunAsync("dotnet publish 'My Orders' --output 'pub lished' --disable-build-servers", Cancellation);

        Assert.True(File.Exists(folder.Folder.PathOf("pub lished/marblerun-package.json")));
    }

    [Theory]
    [InlineData(
        Template,
        "\"Package\": \"my-orders\"",
        "\"Package\": \"your-orders\"",
        @"\(8,[0-9]+\): error MARBLE001: \$\.Marbles\.my-orders\.Package: manifest does not contain marble package your-orders\. ")]
    [InlineData(
        Template,
        "\"Package\": \"my-orders\"",
        "\"Pakcage\": \"my-orders\"",
        @"\(8,7\): warning MARBLE001: \$\.Marbles\.my-orders\.Pakcage: .*\. Did you mean Package\?")]
    [InlineData(Template, "\"Marbles\": {", "\"Marbles\": [", @"\([0-9]+,[0-9]+\): error MARBLE001: ")]
    [InlineData(
        Template,
        "\"my-orders\": {}",
        "\"my-orders\": { \"SignerID\": \"00\" }",
        " : error MARBLE001: The package 'my-orders' already has a SignerID, which the build measures\\. Remove it from the package, or "
        + "remove the MarbleProject")]
    [InlineData(
        Project,
        "Package=\"my-orders\"",
        "Package=\"theirs\"",
        " : error MARBLE001: The manifest has no package 'theirs' that is an object\\. Add \"theirs\": {} to its Packages\\.")]
    public async Task Build_OfAWrongManifest_FailsWithPlaceAndRemedy(string file, string old, string replacement, string expected)
    {
        (int exitCode, string output) = await folder.BuildWithAsync(file, old, replacement);

        Assert.Equal(1, exitCode);
        Assert.Matches(@"/The Coordinator/manifest\.template\.json" + expected, output);
    }

    [Fact]
    public async Task Build_OfAMarbleProjectWithoutPackage_FailsAndSaysWhatToAdd()
    {
        (int exitCode, string output) = await folder.BuildWithAsync(Project, " Package=\"my-orders\"", string.Empty);

        Assert.Equal(1, exitCode);
        Assert.Contains(
            "error : MarbleProject '../My Orders/My Orders.csproj' has no Package: add Package=\"its name in the manifest's Packages\".",
            output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MarbleSecurityVersion", "70000")]
    [InlineData("MarbleProductId", "-1")]
    public async Task Publish_WithANumberThatIsInvalid_NamesTheProperty(string property, string value)
    {
        (int exitCode, string output) = await folder.Folder.TryRunAsync(
            $"dotnet publish 'My Orders' --output refused --disable-build-servers -p:{property}={value}", Cancellation);

        Assert.Equal(1, exitCode);
        Assert.Matches(
            $"error MARBLE001: .*{property} .*is \"{value}\", which is not a number from 0 to 65535\\. Set the MSBuild property", output);
        Assert.False(File.Exists(folder.Folder.PathOf("refused/marblerun-package.json")));
    }
}
