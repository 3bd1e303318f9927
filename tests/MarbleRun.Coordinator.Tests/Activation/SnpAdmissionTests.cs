using System.Security.Cryptography;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>
/// Machines of SEV-SNP under a root that the test made, over the Coordinator's own ports: reports alone, and with their host's
/// certificates.
/// </summary>
public sealed class SnpAdmissionTests : CoordinatorTest
{
    private const string Measurement = "909090909090909090909090909090909090909090909090909090909090909090909090909090909090909090909090";

    private static readonly string s_other48 = string.Concat(Enumerable.Repeat("ab", 48));
    private static readonly string s_other32 = string.Concat(Enumerable.Repeat("ab", 32));
    private static readonly string s_other16 = string.Concat(Enumerable.Repeat("ab", 16));

    private readonly SnpForge _forge = new();

    [Fact]
    public async Task Activate_ReportWhoseCertificatesTheBundleHas_IsAdmitted()
    {
        await SaveAsync(_forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList() });
        CoordinatorHost host = await StartOnHardwareAsync();
        await EvidenceMarble.SetManifestAsync(host, Package());

        await EvidenceMarble.ActivateAsync(host, Report());
    }

    [Theory]
    [InlineData(SnpSigningKey.Vcek)]
    [InlineData(SnpSigningKey.Vlek)]
    public async Task Activate_ReportWithCertificatesOfTheHost_IsAdmittedWithTheListOfTheBundle(SnpSigningKey kind)
    {
        var forge = new SnpForge(kind: kind);
        await SaveAsync(new SnpCollateral { Ask = forge.Pki.AskDer(), RevocationList = forge.Pki.RevocationList() });
        CoordinatorHost host = await StartOnHardwareAsync(forge);
        await EvidenceMarble.SetManifestAsync(host, Package());

        await EvidenceMarble.ActivateAsync(host, Report(forge, CertificateTable.Of(forge.Pki)));
        Assert.StartsWith(
            "invalid quote: collateral.available: collateral missing: ",
            await EvidenceMarble.RefusalAsync(host, Report(forge), StatusCode.Unavailable),
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "B3")]
    public async Task Activate_RevocationListOfTheHostAlone_IsNotTaken()
    {
        CoordinatorHost host = await StartOnHardwareAsync(withBundle: false);
        await EvidenceMarble.SetManifestAsync(host, Package());

        Assert.Equal(
            "invalid quote: crl.ark: collateral missing: expected a revocation list of ARK-Genoa",
            await EvidenceMarble.RefusalAsync(host, Report(_forge, CertificateTable.Of(_forge.Pki))));
    }

    [Fact]
    [Trait("Security", "B3")]
    public async Task Activate_IntermediateThatIsRevoked_IsRefused()
    {
        await SaveAsync(_forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList(_forge.Pki.Ask.SerialNumber) });
        CoordinatorHost host = await StartOnHardwareAsync();
        await EvidenceMarble.SetManifestAsync(host, Package());

        Assert.StartsWith("invalid quote: crl.ark: ", await EvidenceMarble.RefusalAsync(host, Report()), StringComparison.Ordinal);
        Assert.Contains(host.Logs.Entries, e => e.Contains("Rejected (Revoked)", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Activate_ReportForAnotherCertificate_IsRefused()
    {
        await SaveAsync(_forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList() });
        CoordinatorHost host = await StartOnHardwareAsync();
        await EvidenceMarble.SetManifestAsync(host, Package());

        Assert.StartsWith(
            "invalid quote: report.data: ",
            await EvidenceMarble.RefusalAsync(host, _ => ValueTask.FromResult(Quote.FromRaw(_forge.Build()))),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_RootThatIsNotAmds_IsRefused()
    {
        await SaveAsync(_forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList() });
        CoordinatorHost host = await StartAsync(
            FakeHardware.Add, ("Simulation", "false"), ("Attestation:BundlePath", Folder.File("bundle")));
        await EvidenceMarble.SetManifestAsync(host, Package());

        Assert.StartsWith("invalid quote: chain.root: ", await EvidenceMarble.RefusalAsync(host, Report()), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Restrictions => new()
    {
        { $"\"Measurement\":\"{s_other48}\"", "snp.measurement" },
        { $"\"HostData\":\"{s_other32}\"", "snp.host_data" },
        { $"\"FamilyID\":\"{s_other16}\"", "snp.family_id" },
        { $"\"ImageID\":\"{s_other16}\"", "snp.image_id" },
        { "\"MinimumGuestSVN\":8", "snp.guest_svn" },
        { $"\"IDKeyDigest\":\"{s_other48}\"", "snp.id_key_digest" },
        { $"\"AuthorKeyDigest\":\"{s_other48}\"", "snp.author_key_digest" },
        { "\"VMPL\":1", "snp.vmpl" },
        { "\"AllowSMT\":false", "snp.policy.smt" },
        { "\"PolicyMask\":\"0x20000\",\"Policy\":\"0x0\"", "snp.policy" },
        { "\"RequiredPlatformInfo\":\"0x40\"", "snp.platform_info" },
        { "\"MinimumTCB\":{\"Microcode\":85}", "snp.minimum_tcb" },
        { "\"MinimumLaunchTCB\":{\"SNP\":24}", "snp.minimum_launch_tcb" },
        { "\"SigningKey\":\"VLEK\"", "snp.signing_key" },
        { "\"CSPID\":\"CN=test.example\"", "snp.csp_id" },
        { "\"AcceptedProductLines\":[\"Milan\",\"Turin\"]", "snp.product_line" },
        { "\"DeniedProductLines\":[\"Genoa\"]", "snp.product_line" },
        { $"\"AcceptedChipIDs\":[\"{s_other32}{s_other32}\"]", "snp.chip_id" },
        { "\"DeniedChipIDs\":[\"CHIP\"]", "snp.chip_id" },
    };

    [Theory]
    [MemberData(nameof(Restrictions))]
    [Trait("Security", "B11")]
    public async Task Activate_MachineThatOneMemberForbids_IsRefusedByThatMember(string member, string code)
    {
        await SaveAsync(_forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList() });
        CoordinatorHost host = await StartOnHardwareAsync();
        string chip = Convert.ToHexStringLower([.. _forge.Pki.HardwareId, .. new byte[64 - _forge.Pki.HardwareId.Length]]);
        string package = Package(member.Replace("CHIP", chip, StringComparison.Ordinal));
        await EvidenceMarble.SetManifestAsync(host, package);

        Assert.StartsWith($"invalid quote: {code}: expected ", await EvidenceMarble.RefusalAsync(host, Report()), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "B5")]
    public async Task Activate_MigrationAgentOrUncommittedFirmware_IsRefused()
    {
        await SaveAsync(_forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList() });
        CoordinatorHost host = await StartOnHardwareAsync();
        await EvidenceMarble.SetManifestAsync(host, Package("\"RequireCommittedFirmware\":true"));
        await EvidenceMarble.ActivateAsync(host, Report());

        _forge.WriteUInt64(0x08, 0x70000);
        Assert.StartsWith(
            "invalid quote: snp.policy.migration_agent: ", await EvidenceMarble.RefusalAsync(host, Report()), StringComparison.Ordinal);
        _forge.WriteUInt64(0x08, 0x30000);
        _forge.WriteUInt64(0x1e0, 0);
        Assert.StartsWith(
            "invalid quote: snp.committed_firmware: ", await EvidenceMarble.RefusalAsync(host, Report()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"UniqueID":"SGX"}""", "package.tee: expected an SGX enclave, found a machine of AMD SEV-SNP")]
    [InlineData("""{"Tdx":{"MRTD":"OTHER"}}""", "package.tee: expected a TD, found a machine of AMD SEV-SNP")]
    [InlineData(
        """{"UniqueID":"SGX","Tdx":{"MRTD":"OTHER"}}""", "package.tee: expected an SGX enclave or a TD, found a machine of AMD SEV-SNP")]
    [InlineData("""{"UniqueID":"SGX","Snp":{"Measurement":"MINE"}}""", null)]
    [InlineData("""{"Tdx":{"MRTD":"OTHER"},"Snp":{"Measurement":"MINE"},"Platforms":{"AllowedFMSPCs":["00606A000000"]}}""", null)]
    public async Task Activate_PackageOfAnotherKind_RefusesTheMachine(string package, string? reason)
    {
        await SaveAsync(_forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList() });
        CoordinatorHost host = await StartOnHardwareAsync();
        await EvidenceMarble.SetManifestAsync(
            host,
            package
                .Replace("SGX", s_other32, StringComparison.Ordinal)
                .Replace("OTHER", s_other48, StringComparison.Ordinal)
                .Replace("MINE", Measurement, StringComparison.Ordinal));

        Assert.Equal(reason is null ? null : $"invalid quote: {reason}", await EvidenceMarble.RefusalAsync(host, Report()));
    }

    [Fact]
    [Trait("Security", "B11")]
    public async Task Activate_ListOfAllowedMachinesInAnOpenPackage_RefusesMachinesThatAreOnNone()
    {
        _forge.WriteUInt64(0x08, 0xb0000);
        await SaveAsync(_forge.Pki.Collateral() with { RevocationList = _forge.Pki.RevocationList() });
        CoordinatorHost host = await StartOnHardwareAsync();
        await EvidenceMarble.SetManifestAsync(host, """{"Debug":true,"Platforms":{"AllowedFMSPCs":["00606A000000"]}}""");

        Assert.StartsWith("invalid quote: platform.lists: ", await EvidenceMarble.RefusalAsync(host, Report()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"intel":{"QESVN":1},"lab":{"RootCA":"ROOT"}}""", true)]
    [InlineData("""{"intel":{"QESVN":0}}""", false)]
    [InlineData("""{"intel":{"CPUSVN":"AAAAAAAAAAAAAAAAAAAAAA==","RootCA":"ROOT"}}""", false)]
    [InlineData("""{"other":{"RootCA":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}""", false)]
    public async Task Activate_Infrastructures_CanNameAmdsRootAndNothingElse(string infrastructures, bool isAdmitted)
    {
        byte[] root = _forge.Pki.ArkDer();
        await SaveAsync(_forge.Pki.Collateral() with { Ark = root, RevocationList = _forge.Pki.RevocationList() });
        CoordinatorHost host = await StartOnHardwareAsync(_forge, root);
        await EvidenceMarble.SetManifestAsync(
            host, Package(), infrastructures.Replace("ROOT", Convert.ToBase64String(SHA256.HashData(root)), StringComparison.Ordinal));

        Assert.Equal(isAdmitted ? null : "invalid infrastructure", await EvidenceMarble.RefusalAsync(host, Report()));
    }

    private static string Package(string? members = null) => members?.StartsWith("\"Measurement\"", StringComparison.Ordinal) == true
        ? $"{{\"Snp\":{{{members}}}}}"
        : $"{{\"Snp\":{{\"Measurement\":\"{Measurement}\"{(members is null ? string.Empty : "," + members)}}}}}";

    private Func<ReportData, ValueTask<Quote>> Report() => Report(_forge);

    private static Func<ReportData, ValueTask<Quote>> Report(SnpForge forge, byte[]? table = null) => data =>
    {
        data.CopyTo(forge.Report.AsSpan(0x50, ReportData.Size));
        Assert.True(SnpEvidence.TryRead(forge.Build(), table ?? [], out SnpEvidence? evidence, out string? fault), fault);
        return ValueTask.FromResult(evidence.ToQuote());
    };

    /// <summary>As common files, which serve every platform; a part that is null is not there.</summary>
    private async Task SaveAsync(SnpCollateral collateral)
    {
        Directory.CreateDirectory(Folder.File("bundle"));
        foreach ((string name, ReadOnlyMemory<byte>? content) in ((string, ReadOnlyMemory<byte>?)[])
            [("vek.der", collateral.Vek), ("ask.der", collateral.Ask), ("ark.der", collateral.Ark), ("crl.der", collateral.RevocationList)])
        {
            if (content is { } bytes)
            {
                await File.WriteAllBytesAsync(Folder.File($"bundle/{name}"), bytes, TestContext.Current.CancellationToken);
            }
        }
    }

    private Task<CoordinatorHost> StartOnHardwareAsync(SnpForge? forge = null, byte[]? root = null, bool withBundle = true) => StartAsync(
        services =>
        {
            FakeHardware.Add(services);
            services.AddSingleton<TimeProvider>(new FakeTimeProvider(SnpTestPki.Now));
            services.AddSingleton(SnpTrustAnchor.FromCertificate(root ?? (forge ?? _forge).Pki.ArkDer()));
        },
        [
            ("Simulation", "false"),
            .. withBundle ? [("Attestation:BundlePath", Folder.File("bundle"))] : Array.Empty<(string, string)>(),
        ]);
}
