using MarbleRun.Identity;

namespace MarbleRun.Sdk.Tests.Trust;

/// <summary>What a revocation of a platform reaches.</summary>
[Trait("Security", "C11")]
public sealed class MarbleRevocationsTests
{
    private static readonly string s_platform = new('c', 64);

    /// <summary>The host of a revoked machine can hide it from the evidence.</summary>
    [Theory]
    [InlineData("backend", true, true, "it is revoked by its platform (revocation 5)")]
    [InlineData("backend", true, false, "it hides its platform, while a platform is revoked (revocation 5)")]
    [InlineData("backend", false, false, null)]
    [InlineData("database", true, true, null)]
    [InlineData("database", true, false, null)]
    public void Find_PlatformOfAType_ReachesPeersThatHideTheirs(string type, bool hasMeasurement, bool hasPlatform, string? fault)
    {
        var revocations = MarbleRevocations.Create(
        [
            (new RevokedSubject(RevokedKind.MarbleType, "other"), new RevokedSubject.Entry(4, [])),
            (new RevokedSubject(RevokedKind.Platform, s_platform), new RevokedSubject.Entry(5, ["backend"])),
        ]);
        var peer = new MarblePeer(type, Guid.NewGuid())
        {
            Measurement = hasMeasurement ? new string('b', 96) : null,
            Platform = hasPlatform ? s_platform : null,
        };

        Assert.Equal(fault, revocations.Find(new VerifiedPeer(peer, new string('a', 64), DateTimeOffset.MaxValue, "issuer")));
    }

    [Fact]
    public void Find_OtherRevocations_DoNotReachPeersThatHideTheirPlatform()
    {
        var revocations = MarbleRevocations.Create(
            [(new RevokedSubject(RevokedKind.Measurement, new string('d', 96)), new RevokedSubject.Entry(5, []))]);
        var peer = new MarblePeer("backend", Guid.NewGuid()) { Measurement = new string('b', 96) };

        Assert.Null(revocations.Find(new VerifiedPeer(peer, new string('a', 64), DateTimeOffset.MaxValue, "issuer")));
    }
}
