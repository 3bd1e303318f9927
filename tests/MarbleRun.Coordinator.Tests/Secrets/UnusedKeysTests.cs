using MarbleRun.Coordinator.Secrets;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Tests.Secrets;

/// <summary>Keys of manifests that were not set serve the next one, once, and none that may be in force.</summary>
[Trait("Security", "G2")]
public sealed class UnusedKeysTests
{
    private readonly UnusedKeys _unused = new();

    [Fact]
    public void Take_AfterAManifestThatWasNotSet_IsItsKeyOnce()
    {
        SecretKeyPair left = TakeAndLeave(2048);

        using UnusedKeys.KeyLease lease = _unused.Lease();

        Assert.Same(left, lease.Take(Rsa(2048)));
        Assert.NotSame(left, lease.Take(Rsa(2048)));
    }

    [Fact]
    public void Take_OtherSizeOrKind_IsANewKey()
    {
        TakeAndLeave(2048);

        using UnusedKeys.KeyLease lease = _unused.Lease();
        lease.Take(Rsa(3072));
        lease.Take(new SecretDefinition { Type = SecretTypes.CertEcdsa, Size = 256 });

        Assert.Equal(1, _unused.Count);
    }

    [Fact]
    public void Keep_BeforeTheStoreHasTheManifest_ReturnsNothing()
    {
        using (UnusedKeys.KeyLease lease = _unused.Lease())
        {
            lease.Take(Rsa(2048));
            lease.Keep();
        }

        Assert.Equal(0, _unused.Count);
    }

    [Fact]
    public void Return_BeforeTheLeaseEnds_ReturnsAKeyOnce()
    {
        using (UnusedKeys.KeyLease lease = _unused.Lease())
        {
            lease.Take(Rsa(2048));
            lease.Return();
        }

        Assert.Equal(1, _unused.Count);
    }

    [Fact]
    public void Return_KeyLargerThanAnybodyMayAskFor_IsNotKept()
    {
        Assert.Equal(8, SecretLimits.MaxCheapKeysOf(4096));
        Assert.Equal(128, SecretLimits.MaxCheapKeysOf(2048));
        Assert.Equal(0, SecretLimits.MaxCheapKeysOf(8192));
    }

    private static SecretDefinition Rsa(ulong size) => new() { Type = SecretTypes.CertRsa, Size = size, Shared = true };

    private SecretKeyPair TakeAndLeave(ulong size)
    {
        using UnusedKeys.KeyLease lease = _unused.Lease();
        return lease.Take(Rsa(size));
    }
}
