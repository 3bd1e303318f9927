using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Tests.Attestation.Snp;

public sealed class SnpPolicyTests
{
    private static readonly SnpTcb s_tcb = new() { BootLoader = 10, Tee = 2, Snp = 0x17, Microcode = 0x54 };

    private readonly SnpForge _forge = new();

    /// <summary>For each member: properties that the report has, others that it has not, and the check.</summary>
    public static TheoryData<SnpProperties, SnpProperties, string> Members => new()
    {
        { new() { Measurement = Bytes("90", 48) }, new() { Measurement = Bytes("91", 48) }, "snp.measurement" },
        { new() { HostData = Bytes("C0", 32) }, new() { HostData = Bytes("00", 32) }, "snp.host_data" },
        { new() { FamilyId = Bytes("10", 16) }, new() { FamilyId = Bytes("10", 15) }, "snp.family_id" },
        { new() { ImageId = Bytes("20", 16) }, new() { ImageId = Bytes("20", 17) }, "snp.image_id" },
        { new() { MinimumGuestSvn = 7 }, new() { MinimumGuestSvn = 8 }, "snp.guest_svn" },
        { new() { IdKeyDigest = Bytes("e0", 48) }, new() { IdKeyDigest = "e0" }, "snp.id_key_digest" },
        { new() { AuthorKeyDigest = Bytes("11", 48) }, new() { AuthorKeyDigest = Bytes("e0", 48) }, "snp.author_key_digest" },
        { new() { Vmpl = 0 }, new() { Vmpl = 1 }, "snp.vmpl" },
        { new() { AllowSmt = true }, new() { AllowSmt = false }, "snp.policy.smt" },
        { new() { PolicyMask = 0x1_0000, Policy = 0xf_0000 }, new() { PolicyMask = 0x10_0000, Policy = 0x10_0000 }, "snp.policy" },
        { new() { PolicyMask = 0x8_0000 }, new() { PolicyMask = 0x1_0000 }, "snp.policy" },
        { new() { RequiredPlatformInfo = 0x25 }, new() { RequiredPlatformInfo = 0x27 }, "snp.platform_info" },
        { new() { MinimumTcb = s_tcb }, new() { MinimumTcb = s_tcb with { Fmc = 0 } }, "snp.minimum_tcb" },
        { new() { MinimumLaunchTcb = s_tcb }, new() { MinimumLaunchTcb = s_tcb with { Tee = 3 } }, "snp.minimum_launch_tcb" },
        { new() { SigningKey = SnpSigningKey.Vcek }, new() { SigningKey = SnpSigningKey.Vlek }, "snp.signing_key" },
        { new(), new() { CspId = "CN=test.example" }, "snp.csp_id" },
        { new()
        {
            AcceptedProductLines = [SnpProductLine.Genoa],
        }, new() { AcceptedProductLines = [SnpProductLine.Milan] }, "snp.product_line" },
        { new()
        {
            DeniedProductLines = [SnpProductLine.Turin],
        }, new() { DeniedProductLines = [SnpProductLine.Genoa] }, "snp.product_line" },
        { new() { AcceptedChipIds = ["00", ChipId] }, new() { AcceptedChipIds = [Bytes("00", 64)] }, "snp.chip_id" },
        { new() { DeniedChipIds = [Bytes("00", 64)] }, new() { DeniedChipIds = [ChipId.ToUpperInvariant()] }, "snp.chip_id" },
        { new() { AcceptedChipIds = [ChipId] }, new() { AcceptedChipIds = [ChipId[..16]] }, "snp.chip_id" },
    };

    private static string ChipId => "63686970" + new string('0', 120);

    [Theory]
    [MemberData(nameof(Members), DisableDiscoveryEnumeration = true)]
    [Trait("Security", "B5")]
    [Trait("Security", "B6")]
    public async Task Verify_EachMember_IsComparedWithTheReport(SnpProperties right, SnpProperties wrong, string code)
    {
        _forge.WriteUInt64(0x08, 0x30000);

        Verdict accepted = await _forge.JudgeAsync(snp: right);
        Verdict refused = await _forge.JudgeAsync(snp: wrong);

        Assert.True(accepted.IsAccepted, accepted.ToString());
        Assert.Equal((code, VerdictReason.Policy), SnpForge.Failure(refused));
        VerdictCheck failed = refused.Checks.Single(c => c.Outcome == VerdictCheckOutcome.Failed);
        Assert.NotEqual(failed.Expected, failed.Found);
        Assert.False(string.IsNullOrEmpty(failed.Remedy));
    }

    [Theory]
    [InlineData("boot loader")]
    [InlineData("TEE")]
    [InlineData("SNP")]
    [InlineData("microcode")]
    [Trait("Security", "A8")]
    public async Task Verify_TcbLowerInOnePartAndHigherInAllOthers_IsRefused(string part)
    {
        SnpTcb minimum = part switch
        {
            "boot loader" => new SnpTcb { BootLoader = 11 },
            "TEE" => new SnpTcb { Tee = 3 },
            "SNP" => new SnpTcb { Snp = 0x18 },
            _ => new SnpTcb { Microcode = 0x55 },
        };

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(snp: new() { MinimumTcb = minimum }), "snp.minimum_tcb", VerdictReason.Policy);
    }

    [Fact]
    public async Task Verify_MinimumTcbOfTurin_ComparesFmc()
    {
        var turin = new SnpForge(SnpProductLine.Turin);

        Verdict same = await turin.JudgeAsync(
            snp: new() { MinimumTcb = new() { Fmc = 1, BootLoader = 2, Tee = 3, Snp = 4, Microcode = 0x51 } });
        Verdict newer = await turin.JudgeAsync(snp: new() { MinimumTcb = new() { Fmc = 2 } });

        Assert.True(same.IsAccepted, same.ToString());
        Assert.Equal("snp.minimum_tcb", SnpForge.Failure(newer).Code);
    }

    [Fact]
    [Trait("Security", "B5")]
    public async Task Verify_MigrationAgent_IsRefusedByDefault()
    {
        _forge.WriteUInt64(0x08, 0x70000);

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "snp.policy.migration_agent", VerdictReason.Policy);
        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(snp: new()), "snp.policy.migration_agent", VerdictReason.Policy);
        Assert.True((await _forge.JudgeAsync(snp: new() { AllowMigrationAgent = true })).IsAccepted);
    }

    [Fact]
    [Trait("Security", "A16")]
    public async Task Verify_Debug_IsComparedBothWays()
    {
        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(new PackageProperties { Debug = true }), "package.debug", VerdictReason.Policy);
        _forge.WriteUInt64(0x08, 0xb0000);
        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(new PackageProperties()), "package.debug", VerdictReason.Policy);
        Assert.True((await _forge.JudgeAsync(new PackageProperties { Debug = true })).IsAccepted);
    }

    [Theory]
    [InlineData(0x38, 56)]
    [InlineData(0x1e8, 0)]
    [InlineData(0x1e8, 16)]
    [Trait("Security", "B5")]
    public async Task Verify_FirmwareThatIsNotCommitted_IsRefusedOnlyIfAskedFor(int offset, int shift)
    {
        Assert.True((await _forge.JudgeAsync(snp: new() { RequireCommittedFirmware = true })).IsAccepted);
        _forge.Report[offset + (shift / 8)]++;

        Assert.True((await _forge.JudgeAsync()).IsAccepted);
        await SnpForge.AssertFailsAsync(
            _forge.JudgeAsync(snp: new() { RequireCommittedFirmware = true }), "snp.committed_firmware", VerdictReason.Policy);
    }

    [Fact]
    [Trait("Security", "B5")]
    public async Task Verify_LowerPrivilegeLevel_IsNotTakenForTheHighest()
    {
        _forge.WriteUInt32(0x30, 1);

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(snp: new() { Vmpl = 0 }), "snp.vmpl", VerdictReason.Policy);
        Assert.True((await _forge.JudgeAsync(snp: new() { Vmpl = 1 })).IsAccepted);
    }

    [Fact]
    public async Task Verify_ChipsListedAndReportNamesNone_IsRefused()
    {
        var vlek = new SnpForge(kind: SnpSigningKey.Vlek);

        Assert.True((await vlek.JudgeAsync(snp: new() { CspId = "CN=test.example", SigningKey = SnpSigningKey.Vlek })).IsAccepted);
        await SnpForge.AssertFailsAsync(vlek.JudgeAsync(snp: new() { CspId = "CN=other.example" }), "snp.csp_id", VerdictReason.Policy);
        await SnpForge.AssertFailsAsync(vlek.JudgeAsync(snp: new() { DeniedChipIds = [ChipId] }), "snp.chip_id", VerdictReason.Policy);
        await SnpForge.AssertFailsAsync(
            vlek.JudgeAsync(snp: new() { AcceptedChipIds = [Bytes("00", 64)] }), "snp.chip_id", VerdictReason.Policy);
    }

    [Theory]
    [InlineData("6368697000000000", true)]
    [InlineData("6368697000000001", false)]
    [InlineData("63686970", false)]
    public async Task Verify_ChipOfTurin_MayBeWrittenShort(string id, bool isListed)
    {
        Verdict verdict = await new SnpForge(SnpProductLine.Turin).JudgeAsync(snp: new() { AcceptedChipIds = [id] });

        Assert.Equal(isListed ? (null, VerdictReason.Accepted) : ("snp.chip_id", VerdictReason.Policy), SnpForge.Failure(verdict));
    }

    [Fact]
    public async Task Verify_PackageThatNamesSgxCodeAlone_IsRefused()
    {
        string measurement = Bytes("90", 48);

        await AssertRefusedAsync(new PackageProperties { UniqueId = measurement }, "package.tee");
        await AssertRefusedAsync(new PackageProperties { SignerId = Bytes("e0", 48) }, "package.tee");
        await AssertRefusedAsync(new PackageProperties { ProductId = 0 }, "package.tee");
        await AssertRefusedAsync(new PackageProperties { SecurityVersion = 0 }, "package.tee");
        await AssertRefusedAsync(new PackageProperties { Tdx = new TdxProperties() }, "package.tee");
    }

    [Fact]
    public async Task Verify_PackageThatNamesSgxCodeAndAMachine_IsJudgedByTheMachine()
    {
        var package = new PackageProperties { UniqueId = "00", SecurityVersion = 100, Snp = new() { Measurement = Bytes("90", 48) } };

        Assert.True((await _forge.JudgeAsync(package)).IsAccepted);
        await AssertRefusedAsync(package with { Snp = new() { Measurement = Bytes("91", 48) } }, "snp.measurement");
    }

    [Fact]
    public async Task Verify_GuestSvnOfMoreThan16Bits_IsComparedWhole()
    {
        _forge.WriteUInt32(0x04, 70_000);

        Verdict verdict = await _forge.JudgeAsync(snp: new() { MinimumGuestSvn = 70_000 });

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal((70_000u, ushort.MaxValue), (verdict.Claims!.Snp!.GuestSvn, verdict.Claims.SecurityVersion));
        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(snp: new() { MinimumGuestSvn = 70_001 }), "snp.guest_svn", VerdictReason.Policy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(63)]
    [Trait("Security", "B6")]
    public async Task Verify_AnyByteOfReportData_MustBeEqual(int at)
    {
        _forge.Report[0x50 + at] = 1;

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "report.data", VerdictReason.Policy);
    }

    private Task AssertRefusedAsync(PackageProperties package, string code) =>
        SnpForge.AssertFailsAsync(_forge.JudgeAsync(package), code, VerdictReason.Policy);

    private static string Bytes(string hex, int count) => string.Concat(Enumerable.Repeat(hex, count));
}
