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
        MarbleIdentity second = TestIdentities.Create(authority, "frontend");
        provider.Publish(first);

        provider.Publish(second);

        Assert.True(first.ChangeToken.HasChanged);
        Assert.False(second.ChangeToken.HasChanged);
        Assert.Same(second, provider.Current);
    }
}
