using System.Reflection;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Tests.Attestation.Snp;

[Trait("Security", "A21")]
public sealed class SnpPropertiesTests
{
    private static readonly SnpProperties s_properties = new()
    {
        Measurement = "aa",
        AcceptedChipIds = ["01", "0a"],
        AcceptedProductLines = [SnpProductLine.Milan],
    };

    /// <summary>One of each, so that a member that is added later and left out of the comparison is found.</summary>
    private static readonly SnpProperties[] s_different =
    [
        s_properties with { Measurement = null },
        s_properties with { HostData = "bb" },
        s_properties with { FamilyId = "bb" },
        s_properties with { ImageId = "bb" },
        s_properties with { IdKeyDigest = "bb" },
        s_properties with { AuthorKeyDigest = "bb" },
        s_properties with { MinimumGuestSvn = 0 },
        s_properties with { Vmpl = 0 },
        s_properties with { PolicyMask = 1 },
        s_properties with { Policy = 1 },
        s_properties with { AllowMigrationAgent = true },
        s_properties with { AllowSmt = false },
        s_properties with { RequiredPlatformInfo = 1 },
        s_properties with { MinimumTcb = new() },
        s_properties with { MinimumLaunchTcb = new() },
        s_properties with { RequireCommittedFirmware = true },
        s_properties with { SigningKey = SnpSigningKey.Vcek },
        s_properties with { CspId = "CN=x" },
        s_properties with { AcceptedChipIds = ["01"] },
        s_properties with { DeniedChipIds = ["01"] },
        s_properties with { AcceptedProductLines = [] },
        s_properties with { DeniedProductLines = [SnpProductLine.Milan] },
    ];

    [Fact]
    public void Equals_OneMemberDiffers_IsFalse()
    {
        Assert.Equal(
            typeof(SnpProperties).GetProperties(BindingFlags.Public | BindingFlags.Instance).Count(p => p.CanWrite), s_different.Length);
        Assert.All(s_different, d => Assert.NotEqual(s_properties, d));
        Assert.Equal(s_different.Length, s_different.Distinct().Count());
    }

    [Fact]
    public void Equals_OtherCaseAndOrder_IsTrueAndHashesAgree()
    {
        SnpProperties other = s_properties with
        {
            Measurement = "AA",
            AcceptedChipIds = ["0A", "01"],
            DeniedChipIds = default,
            DeniedProductLines = default,
        };

        Assert.Equal(s_properties, other);
        Assert.Equal(s_properties.GetHashCode(), other.GetHashCode());
    }

    [Fact]
    public void Equals_PackageWithOtherSnp_IsFalse()
    {
        var package = new PackageProperties { Snp = s_properties };

        Assert.Equal(package, package with { Snp = s_properties with { Measurement = "AA" } });
        Assert.NotEqual(package, package with { Snp = null });
        Assert.NotEqual(package, package with { Snp = s_properties with { Vmpl = 0 } });
    }
}
