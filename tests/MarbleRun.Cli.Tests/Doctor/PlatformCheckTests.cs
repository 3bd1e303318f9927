using System.Runtime.InteropServices;
using MarbleRun.Attestation;
using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Tee;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>The platform: environment, kernel, rights, devices, library, evidence.</summary>
public sealed class PlatformCheckTests
{
    private readonly FakeMachine _machine = new();

    [Fact]
    public async Task System_LinuxOnX64_IsGoodAndOthersAreNot()
    {
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("platform.system"))!.Level);

        _machine.Runtime = _machine.Runtime with { IsLinux = false, System = "Windows" };
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("platform.system"))!.Level);

        _machine.Runtime = _machine.Runtime with { IsLinux = true, Architecture = Architecture.Arm };
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("platform.system"))!.Level);
    }

    [Fact]
    public async Task Interfaces_ThatExist_AreListed()
    {
        Assert.Null(await _machine.FindAsync("platform.interfaces"));

        Assert.Equal("configfs-tsm; TDX, /dev/tdx_guest", (await _machine.InTee().FindAsync("platform.interfaces"))!.Found);
    }

    [Fact]
    public async Task Tee_OnADesk_IsAWarningWithTheWayOut()
    {
        Finding finding = (await _machine.FindAsync("platform.tee"))!;

        Assert.Equal(FindingLevel.Warning, finding.Level);
        Assert.Contains("simulation", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tee_ThatWorks_IsNamed() =>
        Assert.Equal("tdx_guest by ConfigFsTsm: Evidence", (await _machine.InTee().FindAsync("platform.tee"))!.Found);

    [Theory]
    [InlineData(TeeStatus.PermissionDenied)]
    [InlineData(TeeStatus.NotFound)]
    public async Task Tee_OfAConfidentialMachineThatDoesNotWork_IsAnError(TeeStatus status)
    {
        _machine.InTee().Tee = new TeeFacts { Failure = status, Message = "what the library says" };

        Finding finding = (await _machine.FindAsync("platform.tee"))!;

        Assert.Equal((FindingLevel.Error, "what the library says"), (finding.Level, finding.Found));
    }

    [Theory]
    [InlineData("tdx_guest", "6.16", FindingLevel.Good)]
    [InlineData("tdx_guest", "6.7", FindingLevel.Good)]
    [InlineData("tdx_guest", "6.1", FindingLevel.Error)]
    [InlineData("sev_guest", "6.1", FindingLevel.Warning)]
    internal async Task Kernel_OfAConfidentialMachine_MustBeNew(string provider, string kernel, FindingLevel level)
    {
        _machine.InTee(provider).Runtime = _machine.Runtime with { Kernel = Version.Parse(kernel) };

        Assert.Equal(level, (await _machine.FindAsync("platform.kernel"))!.Level);
    }

    [Fact]
    public async Task Kernel_OfOtherMachines_DoesNotMatter() => Assert.Null(await _machine.FindAsync("platform.kernel"));

    [Fact]
    public async Task ConfigFs_Missing_SaysWhetherToMountOrToLoad()
    {
        Assert.Null(await _machine.FindAsync("platform.configfs"));
        Assert.Equal(FindingLevel.Good, (await _machine.InTee().FindAsync("platform.configfs"))!.Level);

        _machine.Paths.Remove("/sys/kernel/config/tsm/report");
        Assert.Contains("modprobe", (await _machine.FindAsync("platform.configfs"))!.Remedy, StringComparison.Ordinal);

        _machine.Paths["/proc/mounts"] = "proc /proc proc rw 0 0\n";
        Assert.Contains("mount -t configfs", (await _machine.FindAsync("platform.configfs"))!.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0000000000000002", FindingLevel.Good)]
    [InlineData("000001ffffffffff", FindingLevel.Good)]
    [InlineData("0000000000000000", FindingLevel.Warning)]
    [InlineData("nonsense", FindingLevel.Warning)]
    internal async Task Rights_OfAProcess_AreItsCapability(string capabilities, FindingLevel level)
    {
        _machine.InTee().Paths["/proc/self/status"] = $"Name:\ta\nCapEff:\t{capabilities}\n";

        Assert.Equal(level, (await _machine.FindAsync("platform.rights"))!.Level);
    }

    [Fact]
    public async Task Rights_WithoutConfigFs_AreThoseOfTheDevice()
    {
        _machine.InTee("sev_guest").Tee = _machine.Tee with { Backend = TeeBackend.SevGuest };
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("platform.rights"))!.Level);

        _machine.Closed.Add("/dev/sev-guest");
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("platform.rights"))!.Level);
    }

    [Fact]
    public async Task SgxDevices_ThatTheUserCantOpen_AreNamedWithTheirGroups()
    {
        Assert.Null(await _machine.FindAsync("platform.sgx"));

        _machine.Paths["/dev/sgx_enclave"] = string.Empty;
        _machine.Paths["/dev/sgx_provision"] = string.Empty;
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("platform.sgx"))!.Level);

        _machine.Closed.Add("/dev/sgx_provision");
        Finding finding = (await _machine.FindAsync("platform.sgx"))!;
        Assert.Equal("this user can't open /dev/sgx_provision", finding.Found);
        Assert.Contains("sgx_prv", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Library_Missing_IsAnErrorOnLinux()
    {
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("platform.library"))!.Level);

        _machine.Tee = new TeeFacts { Failure = TeeStatus.LibraryMissing, Message = "no library" };
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("platform.library"))!.Level);
        Assert.Null(await _machine.FindAsync("platform.tee"));

        _machine.Runtime = _machine.Runtime with { IsLinux = false };
        Assert.Null(await _machine.FindAsync("platform.library"));
    }

    [Fact]
    public async Task Evidence_IsAskedForWhereItIsOffered()
    {
        Assert.Null(await _machine.FindAsync("platform.evidence"));

        _machine.InTee();
        Finding busy = (await _machine.FindAsync("platform.evidence"))!;
        Assert.Equal((FindingLevel.Error, "The platform is busy."), (busy.Level, busy.Found));

        _machine.Evidence = () => Quote.FromRaw(new byte[600]);
        Assert.Equal("600 bytes over random report data", (await _machine.FindAsync("platform.evidence"))!.Found);
    }

    [Theory]
    [InlineData(TeeCapabilities.Evidence, FindingLevel.Warning, "no sealing key")]
    [InlineData(TeeCapabilities.UniqueKey, FindingLevel.Good, "without identifiers")]
    [InlineData(TeeCapabilities.UniqueKey | TeeCapabilities.KeyId, FindingLevel.Good, "survive updates")]
    internal async Task Sealing_OfAPlatform_SaysWhatItSurvives(TeeCapabilities capabilities, FindingLevel level, string found)
    {
        Assert.Null(await _machine.FindAsync("platform.sealing"));

        Finding finding = (await _machine.InTee(capabilities: capabilities).FindAsync("platform.sealing"))!;

        Assert.Equal(level, finding.Level);
        Assert.Contains(found, finding.Found, StringComparison.Ordinal);
    }
}
