using System.Diagnostics;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Tests.Attestation.Simulation;

public sealed class SimulationStoreTests : IDisposable
{
    private const string ChildVariable = "MARBLERUN_TEST_CHILD_OUTPUT";
    private const UnixFileMode Others = ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Keys => ["root.key", "platform-ca.key", "pck.key", "signing.key"];

    public static TheoryData<string> AllFiles => [.. Keys.Select(k => k.Data), "root.pem", "chain.pem"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_Again_IsTheSamePlatform()
    {
        var first = SimulationPlatform.Open(_folder.Path);
        var second = SimulationPlatform.Open(_folder.Path);

        Assert.Equal(first.SignerId, second.SignerId);
        Assert.Equal(first.TrustAnchor.ToPem(), second.TrustAnchor.ToPem());
        Assert.Equal(first.TrustAnchor.ToPem().Trim(), File.ReadAllText(_folder.Combine("platform", "root.pem")).Trim());
    }

    [Fact]
    [Trait("Security", "E8")]
    public void Open_New_OnlyOwnerCanRead()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files have no Unix mode here.");
        string folder = _folder.Combine("deep", "simulation");

        SimulationPlatform.Open(folder);

        string[] all = [folder, .. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)];
        Assert.Equal(8, all.Length);
        Assert.All(all, path => Assert.Equal((UnixFileMode)0, Mode(path) & Others));
        Assert.All(
            Keys,
            key => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(Path.Combine(folder, "platform", key.Data))));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    [Trait("Security", "E8")]
    public void Open_KeyThatOthersCanRead_SaysChmod600(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files have no Unix mode here.");
        SimulationPlatform.Open(_folder.Path);
        string path = _folder.Combine("platform", file);
        AddMode(path, UnixFileMode.GroupRead);

        AttestationException e = Assert.Throws<AttestationException>(() => SimulationPlatform.Open(_folder.Path));

        Assert.Contains($"chmod 600 \"{path}\"", e.Message, StringComparison.Ordinal);
        Assert.Equal(AttestationFailure.PlatformUnavailable, e.Failure);
    }

    [Fact]
    [Trait("Security", "E8")]
    public void Open_FolderThatOthersCanEnter_SaysChmod700()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files have no Unix mode here.");
        SimulationPlatform.Open(_folder.Path);
        AddMode(_folder.Combine("platform"), UnixFileMode.OtherExecute);

        Assert.Contains(
            "chmod 700",
            Assert.Throws<AttestationException>(() => SimulationPlatform.Open(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllFiles))]
    public void Open_DamagedFile_NamesItAndSaysWhatToDo(string file)
    {
        SimulationPlatform.Open(_folder.Path);
        string path = _folder.Combine("platform", file);
        File.WriteAllText(path, File.ReadAllText(path).Replace("MI", "NI", StringComparison.Ordinal));

        AttestationException e = Assert.Throws<AttestationException>(() => SimulationPlatform.Open(_folder.Path));

        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.Contains($"{_folder.Combine("platform")} is damaged", e.Message, StringComparison.Ordinal);
        Assert.Contains("Delete this folder", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllFiles))]
    public void Open_MissingFile_NamesIt(string file)
    {
        SimulationPlatform.Open(_folder.Path);
        File.Delete(_folder.Combine("platform", file));

        Assert.Contains(
            file, Assert.Throws<AttestationException>(() => SimulationPlatform.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root.key")]
    [InlineData("platform-ca.key")]
    [InlineData("pck.key")]
    public void Open_KeyOfAnotherCertificate_SaysSo(string file)
    {
        SimulationPlatform.Open(_folder.Path);
        File.Copy(_folder.Combine("platform", "signing.key"), _folder.Combine("platform", file), overwrite: true);

        AttestationException e = Assert.Throws<AttestationException>(() => SimulationPlatform.Open(_folder.Path));

        Assert.Contains($"{file} is not the key of", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DamagedKey_DoesNotShowIt()
    {
        SimulationPlatform.Open(_folder.Path);
        string key = File.ReadAllText(_folder.Combine("platform", "pck.key"));
        File.WriteAllText(_folder.Combine("platform", "pck.key"), key.Replace("MI", "NI", StringComparison.Ordinal));

        string text = Assert.Throws<AttestationException>(() => SimulationPlatform.Open(_folder.Path)).ToString();

        Assert.DoesNotContain(key.Split('\n')[1][10..40], text, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderThatIsAFile_SaysWhatToDo()
    {
        File.WriteAllText(_folder.Combine("file"), string.Empty);

        AttestationException e = Assert.Throws<AttestationException>(() => SimulationPlatform.Open(_folder.Combine("file")));

        Assert.Contains("MARBLERUN_SIMULATION_DIR", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ManyTasksAtOnce_AllGetTheSamePlatform()
    {
        using var start = new Barrier(8);
        SimulationPlatform[] platforms = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return SimulationPlatform.Open(_folder.Path);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Single(platforms.Select(p => p.TrustAnchor.ToPem()).Distinct());
        Assert.Single(platforms.Select(p => p.SignerId).Distinct());
        Assert.Equal([_folder.Combine("platform")], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Open_TwoProcessesAtOnce_BothGetThePlatformOfTheEnvironment()
    {
        string[] outputs = [_folder.Combine("1"), _folder.Combine("2")];

        await Task.WhenAll(outputs.Select(RunChildAsync));

        string expected = SimulationPlatform.Open(_folder.Combine("shared")).TrustAnchor.ToPem();
        Assert.All(outputs, o => Assert.Equal(expected, File.ReadAllText(o)));
        Assert.Equal([_folder.Combine("shared", "platform")], Directory.EnumerateFileSystemEntries(_folder.Combine("shared")));
    }

    /// <summary>The other half of the test above: runs in a process that it starts.</summary>
    [Fact(Explicit = true)]
    public void Open_InChildProcess_UsesFolderOfTheEnvironment()
    {
        string? output = Environment.GetEnvironmentVariable(ChildVariable);
        Assert.SkipWhen(output is null, "Runs only in a process that another test starts.");
        var platform = SimulationPlatform.Open();

        Assert.Equal(Environment.GetEnvironmentVariable("MARBLERUN_SIMULATION_DIR"), platform.Directory);
        File.WriteAllText(output, platform.TrustAnchor.ToPem());
    }

    private static UnixFileMode Mode(string path) =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : File.GetUnixFileMode(path);

    private static void AddMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, Mode(path) | mode);
        }
    }

    private async Task RunChildAsync(string output)
    {
        const string Child = nameof(Open_InChildProcess_UsesFolderOfTheEnvironment);
        string[] arguments = [typeof(SimulationStoreTests).Assembly.Location, "--explicit", "only", "--filter-method", $"*{Child}"];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            Environment = { ["MARBLERUN_SIMULATION_DIR"] = _folder.Combine("shared"), [ChildVariable] = output },
        };
        using Process process = Process.Start(start)!;
        string text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, text);
    }
}
