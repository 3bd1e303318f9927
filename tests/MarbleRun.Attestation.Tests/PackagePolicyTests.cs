using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Policy;
using MarbleRun.Tests.Attestation.Dcap;

namespace MarbleRun.Tests.Attestation;

public sealed class PackagePolicyTests
{
    private static readonly string s_unique = new('a', 64);
    private static readonly string s_signer = new('b', 64);

    private static readonly QuoteClaims s_claims = new()
    {
        Tee = TeeType.Sgx,
        UniqueId = s_unique,
        SignerId = s_signer,
        ProductId = 0,
        SecurityVersion = 2,
        Debug = false,
        ReportData = ReportData.FromBytes(new byte[64]),
    };

    [Fact]
    public void Check_NothingRequired_PassesAndListsWhatIsAlwaysChecked()
    {
        Assert.Equal(["package.debug"], Asked(new PackageProperties(), s_claims).Select(c => c.Rule.Code));
        Assert.Equal(["package.debug"], Asked(new PackageProperties(), s_claims with { Tee = TeeType.Tdx }).Select(c => c.Rule.Code));
        Assert.Null(FirstFailure(new PackageProperties(), s_claims));
    }

    /// <remarks>Of a kind that is not known, no other check would apply.</remarks>
    [Fact]
    [Trait("Security", "A17")]
    public void Check_UnknownKind_IsRefusedWhateverIsRequired()
    {
        QuoteClaims unknown = s_claims with { Tee = TeeType.Unknown };

        Assert.Equal("package.tee", FirstFailure(new PackageProperties(), unknown));
        Assert.Equal("package.tee", FirstFailure(new PackageProperties { UniqueId = s_unique }, unknown));
        Assert.Equal("package.tee", FirstFailure(new PackageProperties { Tdx = new TdxProperties() }, unknown));
    }

    [Fact]
    public void Check_EmptyIds_AreNotChecked()
    {
        Assert.Null(FirstFailure(new PackageProperties { UniqueId = string.Empty, SignerId = string.Empty }, s_claims));
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [Trait("Security", "A16")]
    public void Check_Debug_ComparesBothWays(bool required, bool given, bool passes)
    {
        string? failed = FirstFailure(new PackageProperties { Debug = required }, s_claims with { Debug = given });

        Assert.Equal(passes ? null : "package.debug", failed);
    }

    [Theory]
    [InlineData("05", null)]
    [InlineData("15", "package.attributes")]
    [InlineData("25", "package.attributes")]
    [InlineData("c5", null)]
    [Trait("Security", "A17")]
    public void Check_EnclaveWithKeysOfThePlatform_IsRefused(string flags, string? failed)
    {
        var sgx = new SgxClaims { CpuSvn = new string('0', 32), MiscSelect = 0, Attributes = flags + new string('0', 30) };

        Assert.Equal(failed, FirstFailure(new PackageProperties { UniqueId = s_unique }, s_claims with { Sgx = sgx }));
        Assert.Null(FirstFailure(new PackageProperties(), s_claims with { Sgx = sgx }));
    }

    // TDATTRIBUTES is the host's choice and not part of MRTD: with MIGRATABLE (bit 29) the host can bind a migration TD of its own, which
    // gets the memory.
    [Theory]
    [InlineData(584)]
    [InlineData(648)]
    [Trait("Security", "A13")]
    public void TdxPolicy_MigratableTdByDefault_IsRefused(int size)
    {
        var bytes = new byte[size];
        bytes[123] = 0x20;
        if (size == 648)
        {
            bytes.AsSpan(600, 48).Fill(0xee);
        }

        QuoteClaims claims = new TdReportBody(bytes).ToClaims();
        string zero = new('0', 96);
        var package = new PackageProperties
        {
            Tdx = new TdxProperties { MrTd = zero, Rtmr0 = zero, Rtmr1 = zero, Rtmr2 = zero, Rtmr3 = zero },
        };

        Assert.Equal("package.tdx.migration", FirstFailure(package, claims));
        Assert.Null(FirstFailure(package with { Tdx = package.Tdx with { TdAttributes = claims.Tdx!.TdAttributes } }, claims));
    }

    [Fact]
    [Trait("Security", "A13")]
    public async Task Verify_ServiceTdOtherThanThePackageNames_IsRefused()
    {
        string none = new('0', 96);
        QuoteForge td = QuoteForge.ForTd();
        Assert.True((await JudgeAsync(td, null)).IsAccepted);
        Assert.True((await JudgeAsync(td, none)).IsAccepted);

        // The first byte of MRSERVICETD. A package that does not ask is not refused.
        td.Body[600] = 0xab;
        Assert.True((await JudgeAsync(td, null)).IsAccepted);
        Assert.True((await JudgeAsync(td, "AB" + none[2..])).IsAccepted);
        Assert.Equal(("package.tdx.mr_service_td", VerdictReason.Policy), QuoteForge.Failure(await JudgeAsync(td, none)));

        // TD report 1.0 has no such field: it cannot report a missing value.
        Assert.Equal(
            ("package.tdx.mr_service_td", VerdictReason.Policy), QuoteForge.Failure(await JudgeAsync(QuoteForge.ForTd(is15: false), none)));

        static Task<Verdict> JudgeAsync(QuoteForge td, string? serviceTd) =>
            td.JudgeAsync(package: new PackageProperties { Tdx = new TdxProperties { MrServiceTd = serviceTd } });
    }

    [Fact]
    public void Check_HexCase_DoesNotMatter()
    {
        Assert.Null(FirstFailure(
            new PackageProperties { UniqueId = s_unique.ToUpperInvariant(), SignerId = s_signer.ToUpperInvariant() }, s_claims));
    }

    [Theory]
    [InlineData("0x")]
    [InlineData(" ")]
    public void Check_IdWithDecoration_DoesNotMatch(string decoration)
    {
        Assert.Equal("package.unique_id", FirstFailure(new PackageProperties { UniqueId = decoration + s_unique }, s_claims));
    }

    [Fact]
    public void Check_OtherIds_NamesTheField()
    {
        Assert.Equal("package.unique_id", FirstFailure(new PackageProperties { UniqueId = s_signer }, s_claims));
        Assert.Equal("package.signer_id", FirstFailure(new PackageProperties { SignerId = s_unique }, s_claims));
    }

    [Theory]
    [InlineData(0UL, null)]
    [InlineData(1UL, "package.product_id")]
    [InlineData(65536UL, "package.product_id")]
    [InlineData(null, null)]
    public void Check_ProductId_MustBeEqualWhenPresent(ulong? required, string? failed)
    {
        Assert.Equal(failed, FirstFailure(new PackageProperties { ProductId = required }, s_claims));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(0UL, null)]
    [InlineData(1UL, null)]
    [InlineData(2UL, null)]
    [InlineData(3UL, "package.security_version")]
    public void Check_SecurityVersion_IsMinimum(ulong? required, string? failed)
    {
        Assert.Equal(failed, FirstFailure(new PackageProperties { SecurityVersion = required }, s_claims));
    }

    [Fact]
    public void Check_LowVersion_NamesBothNumbers()
    {
        var package = new PackageProperties { SecurityVersion = 7 };
        Check<CheckContext> check = Asked(package, s_claims).Single(c => c.Rule.Code == "package.security_version");
        CheckFailure? failure = check.Find(Context(package, s_claims));

        Assert.Equal(("7 or higher", "2"), (failure?.Expected, failure?.Found));
        Assert.Equal(VerdictReason.Policy, failure?.Reason);
    }

    private static string? FirstFailure(PackageProperties package, QuoteClaims claims) =>
        Asked(package, claims).FirstOrDefault(c => c.Find(Context(package, claims)) is not null)?.Rule.Code;

    private static IEnumerable<Check<CheckContext>> Asked(PackageProperties package, QuoteClaims claims) =>
        PackagePolicy.OfDcap.Where(c => c.Applies(Context(package, claims)));

    private static CheckContext Context(PackageProperties package, QuoteClaims claims) =>
        new(new QuoteExpectation { ReportData = default, Package = package }, claims);
}
