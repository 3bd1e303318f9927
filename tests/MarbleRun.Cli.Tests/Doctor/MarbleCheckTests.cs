using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>The environment of a Marble.</summary>
public sealed class MarbleCheckTests
{
    private readonly FakeMachine _machine = new();

    public MarbleCheckTests()
    {
        _machine.Variables["EDG_MARBLE_TYPE"] = "frontend";
    }

    [Fact]
    public async Task Checks_WithoutAVariableOfAMarble_DoNotApply()
    {
        _machine.Variables.Clear();

        foreach (DoctorCheck check in DoctorChecks.All.Where(c => c.Group == "marble"))
        {
            Assert.Null(await _machine.FindAsync(check.Id));
        }
    }

    [Fact]
    public async Task Type_NotSet_IsAnError()
    {
        Assert.Equal("frontend", (await _machine.FindAsync("marble.type"))!.Found);

        _machine.Variables["EDG_MARBLE_TYPE"] = string.Empty;
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("marble.type"))!.Level);
    }

    [Theory]
    [InlineData("coordinator:2001", FindingLevel.Good)]
    [InlineData("https://[::1]:2001", FindingLevel.Good)]
    [InlineData("coordinator", FindingLevel.Error)]
    [InlineData("coordinator:0", FindingLevel.Error)]
    [InlineData(":2001", FindingLevel.Error)]
    internal async Task Address_OfTheMesh_HasHostAndPort(string address, FindingLevel level)
    {
        _machine.Variables["EDG_MARBLE_COORDINATOR_ADDR"] = address;

        Assert.Equal(level, (await _machine.FindAsync("marble.coordinator"))!.Level);
    }

    [Theory]
    [InlineData(ServerKind.NoName)]
    [InlineData(ServerKind.Closed)]
    [InlineData(ServerKind.NotTls)]
    internal async Task Address_ThatDoesNotAnswer_IsAnError(ServerKind kind)
    {
        _machine.Server = new ServerFacts(kind, "detail");

        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("marble.coordinator"))!.Level);
    }

    [Theory]
    [InlineData(null, FindingLevel.Warning)]
    [InlineData("frontend,frontend.shop.svc,10.0.0.1", FindingLevel.Good)]
    [InlineData("*.shop.svc", FindingLevel.Good)]
    [InlineData("front end", FindingLevel.Error)]
    [InlineData(",", FindingLevel.Error)]
    internal async Task Names_OfTheCertificate_AreNames(string? names, FindingLevel level)
    {
        if (names is not null)
        {
            _machine.Variables["EDG_MARBLE_DNS_NAMES"] = names;
        }

        Assert.Equal(level, (await _machine.FindAsync("marble.names"))!.Level);
    }

    [Fact]
    public async Task UuidFile_IsAUuidOrCanBeCreated()
    {
        _machine.Variables["EDG_MARBLE_UUID_FILE"] = "/data/uuid";
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("marble.uuid"))!.Level);

        _machine.Folders["/data"] = new FolderFacts("ext4", 1, Mode: null);
        Assert.Equal("/data/uuid will be created", (await _machine.FindAsync("marble.uuid"))!.Found);

        _machine.Folders["/data"] = new FolderFacts("overlay", 1, Mode: null);
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("marble.uuid"))!.Level);

        _machine.Paths["/data/uuid"] = "9d3f0e6a-5d0a-4b60-9f3e-8f6f0a1b2c3d\n";
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("marble.uuid"))!.Level);

        _machine.Paths["/data/uuid"] = "00000000-0000-0000-0000-000000000000";
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("marble.uuid"))!.Level);
    }

    [Fact]
    public async Task Simulation_AndHardware_ExcludeEachOther()
    {
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("marble.simulation"))!.Level);
        Assert.Equal(FindingLevel.Good, (await _machine.InTee().FindAsync("marble.simulation"))!.Level);

        _machine.Variables["OE_SIMULATION"] = "1";
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("marble.simulation"))!.Level);
    }

    [Theory]
    [InlineData("PATH", FindingLevel.Good)]
    [InlineData("SSL_CERT_FILE", FindingLevel.Warning)]
    [InlineData("LD_PRELOAD", FindingLevel.Error)]
    [InlineData("DOTNET_STARTUP_HOOKS", FindingLevel.Error)]
    [InlineData("CORECLR_ENABLE_PROFILING", FindingLevel.Error)]
    [InlineData("sslkeylogfile", FindingLevel.Error)]
    internal async Task Variables_ThatChangeWhichCodeRuns_AreErrors(string name, FindingLevel level)
    {
        _machine.Variables[name] = "x";

        Finding finding = (await _machine.FindAsync("marble.variables"))!;

        Assert.Equal(level, finding.Level);
        Assert.Equal(level != FindingLevel.Good, finding.Found.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Variables_ThatAreEmpty_DoNothing()
    {
        _machine.Variables["LD_PRELOAD"] = string.Empty;

        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("marble.variables"))!.Level);
    }

    [Theory]
    [InlineData("""{ "Roots": [ "6f1d0c5a8b7e4f3d2c1b0a9988776655443322110f0e0d0c0b0a090807060504" ] }""", FindingLevel.Good)]
    [InlineData("""{ "None": true }""", FindingLevel.Warning)]
    [InlineData("""{ "Rots": [] }""", FindingLevel.Error)]
    [InlineData("nonsense", FindingLevel.Error)]
    internal async Task TrustFile_IsRead(string content, FindingLevel level)
    {
        Assert.Null(await _machine.FindAsync("marble.trust"));

        _machine.Paths["marble-trust.json"] = content;

        Assert.Equal(level, (await _machine.FindAsync("marble.trust"))!.Level);
    }
}
