using MarbleRun.Attestation;

namespace MarbleRun.Tests.Attestation;

public sealed class PackagePolicyTests
{
    private static readonly string s_unique = new('a', 64);
    private static readonly string s_signer = new('b', 64);

    private static readonly QuoteClaims s_claims = new()
    {
        UniqueId = s_unique,
        SignerId = s_signer,
        ProductId = 0,
        SecurityVersion = 2,
        Debug = false,
        ReportData = ReportData.FromBytes(new byte[64]),
    };

    [Fact]
    public void Check_NothingRequired_PassesAndListsDebugOnly()
    {
        Assert.Equal(["package.debug"], PackagePolicy.Plan(new PackageProperties(), TeeType.Sgx).Select(r => r.Code));
        Assert.Null(FirstFailure(new PackageProperties(), s_claims));
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

    [Fact]
    public void Check_HexCase_DoesNotMatter()
    {
        Assert.Null(FirstFailure(new PackageProperties { UniqueId = s_unique.ToUpperInvariant(), SignerId = s_signer.ToUpperInvariant() }, s_claims));
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
    public void Check_LowVersion_TellsBothNumbers()
    {
        var package = new PackageProperties { SecurityVersion = 7 };
        CheckFailure? failure = PackagePolicy.Check(PackagePolicy.SecurityVersion, package, s_claims);

        Assert.Equal(("7 or higher", "2"), (failure?.Expected, failure?.Found));
        Assert.Equal(VerdictReason.Policy, failure?.Reason);
    }

    private static string? FirstFailure(PackageProperties package, QuoteClaims claims) =>
        PackagePolicy.Plan(package, TeeType.Sgx).FirstOrDefault(rule => PackagePolicy.Check(rule, package, claims) is not null)?.Code;
}
