using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.Protos;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Trust;

/// <summary>Which peers are accepted under a list.</summary>
public sealed class MarbleTrustTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _old;
    private readonly TestAuthority _new;
    private readonly MarbleIdentity _self;

    public MarbleTrustTests()
    {
        _old = new TestAuthority(_clock);
        _new = _old.Update();
        _self = TestIdentities.Create(_old, "frontend");
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
    }

    [Fact]
    public void Peer_WithoutAnyList_IsAcceptedUnderTheOwnAuthority()
    {
        using X509Certificate2 own = _old.IssueMarble("backend");
        using X509Certificate2 other = _new.IssueMarble("backend");

        Assert.Null(Fault(own));
        Assert.Equal("the certificate was not issued by the authority of this mesh", Fault(other));
        Assert.False(_self.IsOutdated);
    }

    [Fact]
    public void Overlap_AcceptsBothAuthorities_UntilItEnds()
    {
        using X509Certificate2 before = _old.IssueMarble("backend");
        using X509Certificate2 after = _new.IssueMarble("backend");
        DateTimeOffset until = Now.AddHours(1);
        _self.Receive(TestTrust.Create(_new, 7).WithOverlap(_old, until), _new, Now);

        Assert.Null(Fault(before));
        Assert.Null(Fault(after));
        Assert.True(_self.IsOutdated);

        _clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.Null(Fault(before));

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains(
            $"the authority that issued its certificate is accepted until {until:u} only", Fault(before), StringComparison.Ordinal);
        Assert.Null(Fault(after));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void OldAuthority_WithoutOverlap_IsNotAccepted()
    {
        using X509Certificate2 before = _old.IssueMarble("backend");
        _self.Receive(TestTrust.Create(_new, 7), _new, Now);

        Assert.Equal("the certificate was not issued by the authority of this mesh", Fault(before));
    }

    [Theory]
    [InlineData("uuid")]
    [InlineData("certificate")]
    [InlineData("type")]
    [Trait("Security", "C11")]
    public void RevokedPeer_IsRefused_AndOthersAreNot(string subject)
    {
        var id = Guid.NewGuid();
        using X509Certificate2 revoked = _old.IssueMarble("backend", id);
        using X509Certificate2 other = _old.IssueMarble("database");
        RevokedMarbles revocation = subject switch
        {
            "uuid" => TestTrust.Instance(id, 5),
            "certificate" => TestTrust.Certificate(revoked, 5),
            _ => TestTrust.MarbleType("backend", 5),
        };
        Assert.Null(Fault(revoked));

        _self.Receive(TestTrust.Create(_old, 7, revocation), _old, Now);

        Assert.Equal($"Marble 'backend' {id}: it is revoked by its {Name(subject)} (revocation 5)", Fault(revoked));
        Assert.Null(Fault(other));

        _self.Receive(TestTrust.Create(_old, 8), _old, Now);
        Assert.Null(Fault(revoked));

        static string Name(string subject) => subject == "uuid" ? "UUID" : subject;
    }

    [Fact]
    public void RenewedIdentity_HasTheTrustOfTheOneBefore()
    {
        _self.Receive(TestTrust.Create(_new, 7).WithOverlap(_old, Now.AddHours(1)), _new, Now);

        MarbleIdentity renewed = TestIdentities.Renew(_self, _new);

        Assert.Same(_self.Trust, renewed.Trust);
        Assert.False(renewed.IsOutdated);
        Assert.True(_self.IsOutdated);
    }

    [Fact]
    [Trait("Security", "C11")]
    public void Contact_LostForLonger_RefusesEveryPeer_UnlessThePolicySaysOtherwise()
    {
        using X509Certificate2 peer = _old.IssueMarble("backend");
        _self.Trust.SetContact(new TrustContact(new RevocationPolicy(), Now, IsConnected: false));
        Assert.Null(Fault(peer));

        _clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.Null(Fault(peer));

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.StartsWith("revocations are not known since 2031-05-06 07:08:09Z", Fault(peer), StringComparison.Ordinal);

        _self.Trust.SetContact(new TrustContact(new RevocationPolicy { ContinueWhenOutdated = true }, Now.AddDays(-1), IsConnected: false));
        Assert.Null(Fault(peer));

        _self.Trust.SetContact(new TrustContact(new RevocationPolicy(), Now.AddDays(-1), IsConnected: true));
        Assert.Null(Fault(peer));
    }

    private string? Fault(X509Certificate2 leaf)
    {
        if (!_self.TryVerifyPeer(leaf, CertificateRole.Client, Now, out VerifiedPeer? peer, out string? reason))
        {
            return reason;
        }

        Assert.Equal(PeerFault.None, _self.FindFault(peer, Now, out _));
        return null;
    }
}
