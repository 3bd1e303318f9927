using MarbleRun.TestSupport;

namespace MarbleRun.Premain.Tests;

public sealed class LaunchOptionsTests
{
    [Fact]
    public void Parse_EverythingGiven_ReadsIt()
    {
        var options = LaunchOptions.Parse(
            ["--user", "1000:100", "--keep-listen-fds", "--", "/usr/bin/dotnet", "/app/a.dll", "--user", "--"]);

        Assert.Equal(["/usr/bin/dotnet", "/app/a.dll", "--user", "--"], options.Program);
        Assert.Equal((1000u, 100u, true), (options.User!.Value, options.Group!.Value, options.KeepsListeningSockets));
    }

    [Fact]
    public void Parse_Nothing_KeepsTheUserAndLeavesTheProgramToTheManifest()
    {
        var options = LaunchOptions.Parse([]);

        Assert.Empty(options.Program);
        Assert.Null(options.User);
        Assert.False(options.KeepsListeningSockets);
    }

    [Fact]
    public void Parse_UserWithoutGroup_TakesItsNumberForTheGroup() =>
        Assert.Equal(65534u, LaunchOptions.Parse(["--user", "65534"]).Group);

    [Theory]
    [InlineData("--user")]
    [InlineData("--user root")]
    [InlineData("--user 1:2:3")]
    [InlineData("--user -1")]
    [InlineData("--user 4294967295")]
    [InlineData("--user +1")]
    [InlineData("--unknown")]
    [InlineData("/bin/true")]
    [InlineData("--")]
    public void Parse_InvalidArguments_IsAUsageErrorThatShowsTheRight(string line)
    {
        LaunchException exception = Assert.Throws<LaunchException>(() => LaunchOptions.Parse(line.Split(' ')));

        Assert.True(exception.IsUsage);
        Assert.Contains("1000:1000", exception.Message, StringComparison.Ordinal);
    }
}

public sealed class LaunchSettingsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_NoFile_IsTheDefault() => Assert.Empty(LaunchSettings.Read(_folder.Path).FileRoots);

    [Fact]
    public void Read_File_HasItsLists()
    {
        Write("""
            {
              "FileRoots": ["/etc/orders"], "AllowedVariables": ["DOTNET_gcServer"], "KeepVariables": ["LC_ALL"],
              "Setup": ["/sbin/setup", "eth0"]
            }
            """);

        var settings = LaunchSettings.Read(_folder.Path);

        Assert.Equal(["/etc/orders"], settings.FileRoots);
        Assert.Equal(["DOTNET_gcServer"], settings.AllowedVariables);
        Assert.Equal(["LC_ALL"], settings.KeepVariables);
        Assert.Equal(["/sbin/setup", "eth0"], settings.Setup);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Setup": ["/sbin/setup"] }""")]
    public void Read_FileWithoutSomeLists_HasThemEmpty(string json)
    {
        Write(json);

        var settings = LaunchSettings.Read(_folder.Path);

        Assert.Empty(settings.FileRoots);
        Assert.Empty(settings.AllowedVariables);
        Assert.Empty(settings.KeepVariables);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{ "FileRoots": null }""")]
    [InlineData("""{ "FileRoot": ["/etc/orders"] }""")]
    [InlineData("""{ "FileRoots": "/etc/orders" }""")]
    public void Read_InvalidFile_SaysWhichFile(string json)
    {
        Write(json);

        LaunchException exception = Assert.Throws<LaunchException>(() => LaunchSettings.Read(_folder.Path));

        Assert.Contains("marblerun-premain.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadTrust_InvalidFile_SaysWhichFile()
    {
        File.WriteAllText(_folder.File("marble-trust.json"), "{ \"Roots\": 1 }");

        LaunchException exception = Assert.Throws<LaunchException>(() => LaunchSettings.ReadTrust(_folder.Path));

        Assert.Contains("marble-trust.json is invalid", exception.Message, StringComparison.Ordinal);
    }

    private void Write(string json) => File.WriteAllText(_folder.File("marblerun-premain.json"), json);
}
