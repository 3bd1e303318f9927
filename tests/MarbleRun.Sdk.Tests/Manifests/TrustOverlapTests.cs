using MarbleRun.Manifests;

namespace MarbleRun.Tests.Manifests;

public sealed class TrustOverlapTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("2h", 7200)]
    [InlineData("1h30m", 5400)]
    [InlineData("90m", 5400)]
    [InlineData("1h1m1s", 3661)]
    [InlineData("0s", 0)]
    [InlineData("168h", 604_800)]
    public void GetTrustOverlap_HoursMinutesAndSeconds_IsTheirSum(string text, int seconds) => Assert.Equal(
        TimeSpan.FromSeconds(seconds), new ManifestConfig { TrustOverlap = text }.GetTrustOverlap());

    [Theory]
    [InlineData("168h1s")]
    [InlineData("1d")]
    [InlineData("h")]
    [InlineData("1h ")]
    [InlineData("1H")]
    [InlineData("1.5h")]
    [InlineData("\u0661h")]
    [Trait("Security", "D4")]
    public void GetTrustOverlap_OtherTexts_AreNoOverlap(string text) => Assert.Equal(
        TimeSpan.Zero, new ManifestConfig { TrustOverlap = text }.GetTrustOverlap());
}
