using MarbleRun.Attestation;

namespace MarbleRun.Tests.Attestation;

public sealed class PackagePropertiesTests
{
    private static readonly PackageProperties s_package = new()
    {
        UniqueId = "aa",
        SignerId = "bb",
        ProductId = 0,
        SecurityVersion = 0,
        AcceptedTcbStatuses = ["OutOfDate", "SWHardeningNeeded"],
        AcceptedAdvisories = ["INTEL-SA-1", "INTEL-SA-2"],
    };

    public static TheoryData<PackageProperties> Different =>
    [
        s_package with { Debug = true },
        s_package with { UniqueId = "ab" },
        s_package with { SignerId = null },
        s_package with { ProductId = null },
        s_package with { SecurityVersion = null },
        s_package with { AcceptedTcbStatuses = ["OutOfDate"] },
        s_package with { AcceptedAdvisories = ["INTEL-SA-1", "INTEL-SA-3"] },
    ];

    [Fact]
    public void Equals_ListsInOtherOrder_IsTrueAndHashesAgree()
    {
        PackageProperties other = s_package with
        {
            UniqueId = "AA",
            AcceptedTcbStatuses = ["SWHardeningNeeded", "OutOfDate"],
            AcceptedAdvisories = ["INTEL-SA-2", "INTEL-SA-1"],
        };

        Assert.Equal(s_package, other);
        Assert.Equal(s_package.GetHashCode(), other.GetHashCode());
    }

    [Theory]
    [MemberData(nameof(Different), DisableDiscoveryEnumeration = true)]
    [Trait("Security", "A21")]
    public void Equals_OneMemberDiffers_IsFalse(PackageProperties other)
    {
        Assert.NotEqual(s_package, other);
    }

    [Fact]
    public void Equals_ListNotSet_IsNoError()
    {
        PackageProperties unset = s_package with { AcceptedTcbStatuses = default };

        Assert.NotEqual(s_package, unset);
        Assert.Equal(unset, s_package with { AcceptedTcbStatuses = [] });
        Assert.Equal(unset.GetHashCode(), (s_package with { AcceptedTcbStatuses = [] }).GetHashCode());
    }
}
