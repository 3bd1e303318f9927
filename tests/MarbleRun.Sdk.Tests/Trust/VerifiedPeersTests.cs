using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Trust;

/// <summary>A peer that was verified before is checked again in everything that can change.</summary>
public sealed class VerifiedPeersTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _old;
    private readonly TestAuthority _new;
    private readonly MarbleIdentity _self;

    public VerifiedPeersTests()
    {
        _old = new TestAuthority(_clock);
        _new = _old.Update();
        _self = TestIdentities.Create(_old, "frontend");
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    private VerifiedPeers Verified => _self.Trust.VerifiedPeers;

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
    }

    [Fact]
    public void Verify_SamePeerAgain_IsFoundAndStaysTheSame()
    {
        using X509Certificate2 leaf = _old.IssueMarble("backend");

        VerifiedPeer? first = Verify(leaf, CertificateRole.Client, Now);
        VerifiedPeer? second = Verify(leaf, CertificateRole.Client, Now);

        Assert.NotNull(first);
        Assert.Same(first, second);
        Assert.Equal(1, Verified.Count);
    }

    [Fact]
    [Trait("Security", "C1")]
    public void Verify_RefusedPeer_IsNotKept()
    {
        using X509Certificate2 foreign = _new.IssueMarble("backend");
        using X509Certificate2 noMarble = _old.IssueMarble(null);

        Assert.Null(Verify(foreign, CertificateRole.Client, Now));
        Assert.Null(Verify(noMarble, CertificateRole.Client, Now));

        Assert.Equal(0, Verified.Count);
    }

    [Fact]
    [Trait("Security", "C1")]
    public void Verify_KeptPeerAfterItsEndOrBeforeItsBegin_IsRefused()
    {
        using X509Certificate2 leaf = _old.IssueMarble("backend");
        Assert.NotNull(Verify(leaf, CertificateRole.Client, Now));

        Assert.Null(Verify(leaf, CertificateRole.Client, new DateTimeOffset(leaf.NotAfter) + TimeSpan.FromSeconds(1)));
        Assert.Null(Verify(leaf, CertificateRole.Client, new DateTimeOffset(leaf.NotBefore) - TimeSpan.FromSeconds(1)));
        Assert.NotNull(Verify(leaf, CertificateRole.Client, Now));
    }

    [Fact]
    [Trait("Security", "C1")]
    public void Verify_KeptPeerOfAnAuthorityThatWasReplaced_IsRefused()
    {
        using X509Certificate2 leaf = _old.IssueMarble("backend");
        Assert.NotNull(Verify(leaf, CertificateRole.Client, Now));

        _self.Receive(TestTrust.Create(_new, 7), _new, Now);

        Assert.Null(Verify(leaf, CertificateRole.Client, Now));
    }

    [Fact]
    [Trait("Security", "C1")]
    public void Verify_KeptPeerInTheOverlap_IsAcceptedUntilItsEnd()
    {
        using X509Certificate2 leaf = _old.IssueMarble("backend");
        Assert.NotNull(Verify(leaf, CertificateRole.Client, Now));
        DateTimeOffset until = Now.AddHours(1);

        _self.Receive(TestTrust.Create(_new, 7).WithOverlap(_old, until), _new, Now);

        Assert.NotNull(Verify(leaf, CertificateRole.Client, until - TimeSpan.FromSeconds(1)));
        Assert.Null(Verify(leaf, CertificateRole.Client, until));
    }

    [Fact]
    [Trait("Security", "C1")]
    public void Verify_KeptPeerThatIsRevoked_IsRefused()
    {
        using X509Certificate2 leaf = _old.IssueMarble("backend");
        Assert.NotNull(Verify(leaf, CertificateRole.Client, Now));

        _self.Receive(TestTrust.Create(_old, 7, TestTrust.Certificate(leaf)), _old, Now);

        Assert.Null(Verify(leaf, CertificateRole.Client, Now));
    }

    [Fact]
    [Trait("Security", "C1")]
    public void Verify_KeptForTheOtherSide_IsCheckedForThisSide()
    {
        using X509Certificate2 leaf = _old.IssueMarble("backend", change: template => template.Usages = ["1.3.6.1.5.5.7.3.2"]);
        Assert.NotNull(Verify(leaf, CertificateRole.Client, Now));

        Assert.Null(Verify(leaf, CertificateRole.Server, Now));
    }

    [Fact]
    public void Verify_VeryManyPeers_KeepsThoseThatWereUsedLast()
    {
        using X509Certificate2 leaf = _old.IssueMarble("backend");
        VerifiedPeer peer = Verify(leaf, CertificateRole.Client, Now)!;
        MarbleTrust trust = MarbleTrust.Of(_old.MarbleRoot);

        for (int i = 0; i < 5000; i++)
        {
            Verified.Add(peer with { Certificate = $"{i}" }, CertificateRole.Client, leaf, _old.MarbleRoot);
            if (i == 4000)
            {
                Assert.False(Verified.TryFind("0", CertificateRole.Client, trust, Now, out _));
            }
        }

        Assert.InRange(Verified.Count, 1024, 2048);
        Assert.True(Verified.TryFind("4999", CertificateRole.Client, trust, Now, out _));
        Assert.False(Verified.TryFind(peer.Certificate, CertificateRole.Client, trust, Now, out _));
        Assert.Equal(peer.Certificate, Verify(leaf, CertificateRole.Client, Now)?.Certificate);
    }

    private VerifiedPeer? Verify(X509Certificate2 leaf, CertificateRole role, DateTimeOffset now) =>
        _self.TryVerifyPeer(leaf, role, now, out VerifiedPeer? peer, out _) ? peer : null;
}
