using MarbleRun.Coordinator.Secrets;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Tests.Secrets;

/// <summary>Keys of manifests whose sender left serve the next one, once.</summary>
[Trait("Security", "G2")]
public sealed class UnusedKeysTests
{
    private readonly UnusedKeys _unused = new();

    [Fact]
    public void Take_AfterASenderWhoLeft_IsTheKeyOnce()
    {
        SecretKeyPair left = TakeAndReturn(2048);

        UnusedKeys.KeyLease lease = _unused.Lease();

        Assert.Same(left, lease.Take(Rsa(2048)));
        Assert.NotSame(left, lease.Take(Rsa(2048)));
    }

    [Fact]
    public void Take_OtherSizeOrKind_IsANewKey()
    {
        TakeAndReturn(2048);

        UnusedKeys.KeyLease lease = _unused.Lease();
        lease.Take(Rsa(3072));
        lease.Take(new SecretDefinition { Type = SecretTypes.CertEcdsa, Size = 256 });

        Assert.Equal(1, _unused.Count);
    }

    [Fact]
    public void Take_WithoutAReturn_IsNeverGivenAgain()
    {
        SecretKeyPair key = _unused.Lease().Take(Rsa(2048));

        Assert.Equal(0, _unused.Count);
        Assert.NotSame(key, _unused.Lease().Take(Rsa(2048)));
    }

    [Fact]
    public void Return_Twice_ReturnsAKeyOnce()
    {
        UnusedKeys.KeyLease lease = _unused.Lease();
        lease.Take(Rsa(2048));

        lease.Return();
        lease.Return();

        Assert.Equal(1, _unused.Count);
    }

    [Fact]
    public void Clear_WithKeysThatWait_OverwritesThem()
    {
        SecretKeyPair left = TakeAndReturn(2048);

        _unused.Clear();

        Assert.Equal(0, _unused.Count);
        Assert.All(left.Private, b => Assert.Equal(0, b));
    }

    [Fact]
    public void MaxCheapKeys_OfASize_FollowsItsWork()
    {
        Assert.Equal(8, SecretLimits.MaxCheapKeysOf(4096));
        Assert.Equal(128, SecretLimits.MaxCheapKeysOf(2048));
        Assert.Equal(0, SecretLimits.MaxCheapKeysOf(8192));
    }

    private static SecretDefinition Rsa(ulong size) => new() { Type = SecretTypes.CertRsa, Size = size, Shared = true };

    private SecretKeyPair TakeAndReturn(ulong size)
    {
        UnusedKeys.KeyLease lease = _unused.Lease();
        SecretKeyPair key = lease.Take(Rsa(size));
        lease.Return();
        return key;
    }
}
