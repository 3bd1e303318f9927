using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Identity;

public sealed class MarbleIdentityProviderTests
{
    [Fact]
    public async Task Current_BeforeActivation_ThrowsAndGetWaits()
    {
        using var authority = new TestAuthority();
        var provider = new MarbleIdentityProvider();
        MarbleIdentity identity = TestIdentities.Create(authority, "frontend");

        Assert.Throws<MarbleNotActivatedException>(() => provider.Current);
        ValueTask<MarbleIdentity> waiting = provider.GetAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        provider.Publish(identity);

        Assert.Same(identity, await waiting);
        Assert.Same(identity, provider.Current);
    }

    [Fact]
    public void Publish_SecondIdentity_SignalsTheFirst()
    {
        using var authority = new TestAuthority();
        var provider = new MarbleIdentityProvider();
        MarbleIdentity first = TestIdentities.Create(authority, "frontend");
        MarbleIdentity second = TestIdentities.Renew(first, authority);
        provider.Publish(first);

        provider.Publish(second);

        Assert.True(first.ChangeToken.HasChanged);
        Assert.False(second.ChangeToken.HasChanged);
        Assert.Same(second, provider.Current);
    }

    [Fact]
    public void Publish_IdentityWithATrustOfItsOwn_IsRefused()
    {
        using var authority = new TestAuthority();
        var provider = new MarbleIdentityProvider();
        provider.Publish(TestIdentities.Create(authority, "frontend"));

        Assert.Throws<InvalidOperationException>(() => provider.Publish(TestIdentities.Create(authority, "frontend")));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void Identity_OfAnotherDeployment_CannotShareTheTrust()
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        MarbleIdentity first = TestIdentities.Create(authority, "frontend");

        Assert.Throws<ArgumentException>(() => TestIdentities.Renew(first, other));
    }
}
