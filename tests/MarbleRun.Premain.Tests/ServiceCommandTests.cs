namespace MarbleRun.Premain.Tests;

/// <summary>Sections 11 of the reference's API for the library OSes, and the command line elsewhere.</summary>
public sealed class ServiceCommandTests
{
    private const string OwnPath = "/usr/bin/marblerun-premain";

    [Theory]
    [InlineData("None")]
    [InlineData("Gramine")]
    [InlineData("Occlum")]
    public void Choose_ProgramOnTheCommandLine_GetsTheManifestsArgumentsBehindItsOwn(string name)
    {
        LibraryOs libraryOs = Enum.Parse<LibraryOs>(name);
        var command = ServiceCommand.Choose(["/usr/bin/dotnet", "/app/a.dll"], ["orders", "--fast"], libraryOs, OwnPath, OwnPath);

        Assert.Equal("/usr/bin/dotnet", command.Program);
        Assert.Equal(["/usr/bin/dotnet", "/app/a.dll", "--fast"], command.Arguments);
    }

    [Fact]
    public void Choose_GramineThatNamesTheProgram_TakesAllArgumentsFromTheManifest()
    {
        var command = ServiceCommand.Choose([], ["hello", "a"], LibraryOs.Gramine, "/app/hello", OwnPath);

        Assert.Equal("/app/hello", command.Program);
        Assert.Equal(["hello", "a"], command.Arguments);
    }

    [Theory]
    [InlineData("marblerun-premain")]
    [InlineData("/other/marblerun-premain")]
    [InlineData("")]
    public void Choose_GramineThatNamesTheLauncher_SaysWhatToWrite(string ownName)
    {
        LaunchException exception = Assert.Throws<LaunchException>(
            () => ServiceCommand.Choose([], ["hello"], LibraryOs.Gramine, ownName, OwnPath));

        Assert.Contains("loader.argv", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_Occlum_RunsTheManifestsProgramUnderItsBaseName()
    {
        var command = ServiceCommand.Choose([], ["/bin/hello_world", "a"], LibraryOs.Occlum, OwnPath, OwnPath);

        Assert.Equal("/bin/hello_world", command.Program);
        Assert.Equal(["hello_world", "a"], command.Arguments);
    }

    [Fact]
    public void Choose_LinuxWhereItIsAllowed_RunsTheManifestsProgram()
    {
        var command = ServiceCommand.Choose([], ["/app/hello", "a"], LibraryOs.None, OwnPath, OwnPath, allowsProgram: true);

        Assert.Equal("/app/hello", command.Program);
        Assert.Equal(["/app/hello", "a"], command.Arguments);
    }

    [Fact]
    public void Choose_LinuxWithoutAProgram_NamesTheSetting()
    {
        LaunchException exception = Assert.Throws<LaunchException>(
            () => ServiceCommand.Choose([], ["/bin/sh", "-c", "id"], LibraryOs.None, OwnPath, OwnPath));

        Assert.Contains("AllowProgram", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireProgram_ThatIsMissing_NamesItAndAValidOne()
    {
        LaunchException exception = Assert.Throws<LaunchException>(() => new ServiceCommand("./marble", ["./marble"]).RequireProgram());

        Assert.Contains("invalid entrypoint definition in argv[0]", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'./marble'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("/bin/hello_world", exception.Message, StringComparison.Ordinal);
    }
}

public sealed class ServiceEnvironmentTests
{
    private static readonly Dictionary<string, string> s_launcher = new()
    {
        ["PATH"] = "/bin",
        ["LD_PRELOAD"] = "/host/evil.so",
        ["DOTNET_STARTUP_HOOKS"] = "/host/evil.dll",
        ["EDG_MARBLE_TYPE"] = "orders",
        ["OE_SIMULATION"] = "1",
        ["LC_ALL"] = "C.UTF-8",
        ["DB_PASSWORD"] = "secret",
        ["LISTEN_FDS"] = "2",
        ["LISTEN_PID"] = "41",
    };

    [Fact]
    public void Choose_OnLinux_KeepsFewAndTheManifests() => Assert.Equal(
        ["DB_PASSWORD=secret", "EDG_MARBLE_TYPE=orders", "PATH=/bin"],
        ServiceEnvironment.Choose(s_launcher, ["DB_PASSWORD"], new LaunchSettings(), keepsAll: false, keepsSockets: false));

    [Fact]
    public void Choose_VariablesOfTheSettings_KeepsThem() => Assert.Equal(
        ["EDG_MARBLE_TYPE=orders", "LC_ALL=C.UTF-8", "PATH=/bin"],
        ServiceEnvironment.Choose(s_launcher, [], new LaunchSettings { KeepVariables = ["LC_ALL"] }, keepsAll: false, keepsSockets: false));

    [Fact]
    public void Choose_InALibraryOs_KeepsAll() => Assert.Equal(
        s_launcher.Count,
        ServiceEnvironment.Choose(s_launcher, [], new LaunchSettings(), keepsAll: true, keepsSockets: false).Count);

    [Fact]
    public void Choose_Sockets_KeepsTheirVariables() => Assert.Contains(
        "LISTEN_FDS=2",
        ServiceEnvironment.Choose(s_launcher, [], new LaunchSettings(), keepsAll: false, keepsSockets: true));

    [Theory]
    [InlineData(41, "2", 2u)]
    [InlineData(42, "2", 0u)]
    [InlineData(41, "-1", 0u)]
    [InlineData(41, "99999", 0u)]
    [InlineData(41, "", 0u)]
    public void CountSockets_OfThisProcessAlone_Counts(int process, string count, uint expected) => Assert.Equal(
        expected,
        ServiceEnvironment.CountSockets(new Dictionary<string, string>(s_launcher) { ["LISTEN_FDS"] = count }, process));
}
