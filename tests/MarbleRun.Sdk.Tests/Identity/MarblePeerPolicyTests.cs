using MarbleRun.Identity;

namespace MarbleRun.Tests.Identity;

public sealed class MarblePeerPolicyTests
{
    private static readonly Guid s_id = Guid.Parse("6f1c3f5e-8f0a-4f6e-9a53-0d4f0c0a7e11");

    [Fact]
    public void AllowInstances_AllowsThemAlone()
    {
        MarblePeerPolicy policy = MarblePeerPolicy.AllowInstances("backend", s_id);

        Assert.True(policy.IdentifiesPeer);
        Assert.True(policy.IsAllowed(new MarblePeer("backend", s_id)));
        Assert.False(policy.IsAllowed(new MarblePeer("backend", Guid.NewGuid())));
        Assert.False(policy.IsAllowed(new MarblePeer("intruder", s_id)));
        Assert.Throws<ArgumentException>(() => MarblePeerPolicy.AllowInstances("backend"));
        Assert.Throws<ArgumentException>(() => MarblePeerPolicy.AllowInstances("backend", Guid.Empty));
        Assert.Throws<ArgumentException>(() => MarblePeerPolicy.AllowInstances(string.Empty, s_id));
    }

    [Theory]
    [InlineData("spiffe://mesh/marble/backend/1", "spiffe://mesh/marble/backend/1", true)]
    [InlineData("spiffe://mesh/marble/backend/1", "spiffe://mesh/marble/backend/12", false)]
    [InlineData("spiffe://mesh/marble/backend/", "spiffe://mesh/marble/backend/12", true)]
    [InlineData("spiffe://mesh/marble/backend/", "spiffe://mesh/marble/backend-2/12", false)]
    [InlineData("spiffe://mesh/marble/backend/", "spiffe://other/marble/backend/12", false)]
    [InlineData("spiffe://mesh/marble/backend/", null, false)]
    public void AllowSpiffeIds_AllowsTheIdOrWhatBeginsWithIt(string allowed, string? id, bool isAllowed)
    {
        MarblePeerPolicy policy = MarblePeerPolicy.AllowSpiffeIds(allowed);

        Assert.Equal(isAllowed, policy.IsAllowed(new MarblePeer("backend", s_id) { SpiffeId = id }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("mesh/marble")]
    [InlineData("spiffe://")]
    [InlineData("spiffe://mesh")]
    [InlineData("spiffe:///marble")]
    public void AllowSpiffeIds_OfAnotherForm_IsRefused(string text) =>
        Assert.Throws<ArgumentException>(() => MarblePeerPolicy.AllowSpiffeIds(text));
}
