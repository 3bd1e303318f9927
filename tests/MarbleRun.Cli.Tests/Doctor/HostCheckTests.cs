using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>Clock, OpenSSL, .NET and disk.</summary>
public sealed class HostCheckTests
{
    private const string Folder = "/state";

    private static readonly DoctorOptions s_folder = new() { Folder = Folder };

    private readonly FakeMachine _machine = new();

    [Theory]
    [InlineData("2026-06-01", FindingLevel.Good)]
    [InlineData("1970-01-01", FindingLevel.Error)]
    [InlineData("2099-01-01", FindingLevel.Error)]
    internal async Task Clock_ThatCantBeRight_IsAnError(string now, FindingLevel level)
    {
        var machine = new FakeMachine();
        machine.Time.AdjustTime(DateTimeOffset.Parse(now + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(level, (await machine.FindAsync("clock.sanity"))!.Level);
    }

    [Theory]
    [InlineData(0, FindingLevel.Good, "the clocks agree")]
    [InlineData(4, FindingLevel.Good, "4 s behind")]
    [InlineData(30, FindingLevel.Warning, "30 s behind")]
    [InlineData(-31, FindingLevel.Warning, "30 s ahead of")]
    [InlineData(3600, FindingLevel.Error, "3600 s behind")]
    [InlineData(-86401, FindingLevel.Error, "86400 s ahead of")]
    internal async Task Clock_ComparedWithTheCoordinator_SaysWhichOneIsBehind(int seconds, FindingLevel level, string found)
    {
        PageFacts status = FakeMachine.Page(CoordinatorCheckTests.Status(3), date: FakeMachine.Now.AddSeconds(seconds));
        _machine.Pages["/api/v2/status"] = status with { Answered = status.Asked };

        Finding finding = (await _machine.FindAsync("clock.coordinator", CoordinatorCheckTests.Options()))!;

        Assert.Equal(level, finding.Level);
        Assert.Contains(found, finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clock_WithoutACoordinator_IsNotCompared() => Assert.Null(await _machine.FindAsync("clock.coordinator"));

    [Theory]
    [InlineData(0x30500040L, FindingLevel.Good, "OpenSSL 3.5.4")]
    [InlineData(0x30000130L, FindingLevel.Good, "OpenSSL 3.0.19")]
    [InlineData(0x1010117fL, FindingLevel.Warning, "OpenSSL 1.1.")]
    internal async Task OpenSsl_Version_IsRead(long number, FindingLevel level, string found)
    {
        _machine.Runtime = _machine.Runtime with { OpenSsl = number };

        Finding finding = (await _machine.FindAsync("openssl.version"))!;

        Assert.Equal(level, finding.Level);
        Assert.StartsWith(found, finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenSsl_WhereItIsNotUsed_IsNotLookedAt()
    {
        _machine.Runtime = _machine.Runtime with { OpenSsl = null };

        Assert.Null(await _machine.FindAsync("openssl.version"));
    }

    [Theory]
    [InlineData(20_000, FindingLevel.Good)]
    [InlineData(500, FindingLevel.Warning)]
    internal async Task Signatures_Slow_AreAWarning(double speed, FindingLevel level)
    {
        _machine.Speed = new SignatureSpeed(speed, speed);

        Finding finding = (await _machine.FindAsync("openssl.speed"))!;

        Assert.Equal((level, "P-256"), (finding.Level, _machine.MeasuredCurve));
    }

    [Theory]
    [InlineData("10.0.1", FindingLevel.Good)]
    [InlineData("9.0.11", FindingLevel.Error)]
    internal async Task Framework_Old_IsAnError(string version, FindingLevel level)
    {
        _machine.Runtime = _machine.Runtime with { Framework = Version.Parse(version) };

        Assert.Equal(level, (await _machine.FindAsync("runtime.version"))!.Level);
    }

    [Fact]
    public async Task Diagnostics_AreAWarningWhereSecretsAre()
    {
        Assert.Null(await _machine.FindAsync("runtime.diagnostics"));

        _machine.InTee();
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("runtime.diagnostics"))!.Level);

        _machine.Variables["DOTNET_EnableDiagnostics"] = "0";
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("runtime.diagnostics"))!.Level);
    }

    [Fact]
    public async Task Dumps_AreFoundInVariablesAndLimits()
    {
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("runtime.dumps"))!.Level);

        _machine.Paths["/proc/self/limits"] = "Max core file size        unlimited            unlimited            bytes\n";
        Assert.Null(await _machine.FindAsync("runtime.dumps"));
        Assert.Contains("unlimited", (await _machine.InTee().FindAsync("runtime.dumps"))!.Found, StringComparison.Ordinal);

        _machine.Variables["DOTNET_DbgEnableMiniDump"] = "1";
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("runtime.dumps"))!.Level);
    }

    [Fact]
    public async Task Disk_WithoutAFolder_IsNotLookedAt()
    {
        foreach (string id in (string[])["disk.folder", "disk.space", "disk.filesystem", "disk.fsync"])
        {
            Assert.Null(await _machine.FindAsync(id));
        }
    }

    [Fact]
    public async Task Folder_MissingOrOpenToOthers_IsFound()
    {
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("disk.folder", s_folder))!.Level);

        _machine.Folders[Folder] = Facts() with { Mode = (UnixFileMode)0b111_111_101 };
        Assert.Contains("mode 775", (await _machine.FindAsync("disk.folder", s_folder))!.Found, StringComparison.Ordinal);

        _machine.Folders[Folder] = Facts();
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("disk.folder", s_folder))!.Level);
    }

    [Theory]
    [InlineData(10L * 1024, FindingLevel.Good)]
    [InlineData(500L, FindingLevel.Warning)]
    [InlineData(50L, FindingLevel.Error)]
    internal async Task Space_Few_IsFound(long mebibytes, FindingLevel level)
    {
        _machine.Folders[Folder] = Facts() with { FreeBytes = mebibytes * 1024 * 1024 };

        Assert.Equal(level, (await _machine.FindAsync("disk.space", s_folder))!.Level);
    }

    [Fact]
    public async Task Space_OfTheSealDirectory_IsLookedAtButNothingIsWrittenThere()
    {
        _machine.Variables["EDG_COORDINATOR_SEAL_DIR"] = Folder;
        _machine.Folders[Folder] = Facts();

        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("disk.space"))!.Level);
        Assert.Null(await _machine.FindAsync("disk.fsync"));
    }

    [Theory]
    [InlineData("ext4", FindingLevel.Good)]
    [InlineData("overlay", FindingLevel.Warning)]
    [InlineData("tmpfs", FindingLevel.Error)]
    internal async Task FileSystem_ThatLosesWhatIsWritten_IsFound(string name, FindingLevel level)
    {
        _machine.Folders[Folder] = Facts() with { FileSystem = name };

        Assert.Equal(level, (await _machine.FindAsync("disk.filesystem", s_folder))!.Level);
    }

    [Fact]
    public async Task DurableWrites_SlowOrRefused_AreFound()
    {
        _machine.Folders[Folder] = Facts();
        Assert.Equal(
            "1.0 ms for 4 KiB (median of 21), at most 2.0 ms", (await _machine.FindAsync("disk.fsync", s_folder))!.Found);

        _machine.Writes = new DurableWrites(21, TimeSpan.FromMilliseconds(90), TimeSpan.FromSeconds(1));
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("disk.fsync", s_folder))!.Level);

        _machine.Writes = null;
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("disk.fsync", s_folder))!.Level);
    }

    [Fact]
    public void DurableWrites_OfThisMachine_LeaveNothing()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("marblerun-doctor-");
        try
        {
            DurableWrites writes = new SystemFiles().MeasureDurableWrites(folder.FullName, TestContext.Current.CancellationToken);

            Assert.True(writes.Slowest >= writes.Median);
            Assert.Empty(folder.GetFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static FolderFacts Facts() =>
        new("ext4", 10L * 1024 * 1024 * 1024, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
