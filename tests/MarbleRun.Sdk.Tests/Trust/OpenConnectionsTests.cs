using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using MarbleRun.Tls;

namespace MarbleRun.Tests.Trust;

/// <summary>Connections that cannot be closed do not keep others open.</summary>
[Trait("Security", "C11")]
public sealed class OpenConnectionsTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly RecordingLogs _logs = new();
    private readonly TestAuthority _authority;
    private readonly MarbleIdentity _self;
    private readonly VerifiedPeer _peer;

    public OpenConnectionsTests()
    {
        _authority = new TestAuthority(_clock);
        _self = TestIdentities.Create(_authority, "frontend");
        using X509Certificate2 leaf = _authority.IssueMarble("backend");
        Assert.True(_self.TryVerifyPeer(leaf, CertificateRole.Server, _clock.GetUtcNow(), out VerifiedPeer? peer, out _));
        _peer = peer;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _logs.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Revocation_StreamThrowsWhenItIsClosed_OthersAreClosed_AndTheTrustIsInForce(bool failsFirst)
    {
        var good = new ClosingStream(fails: false);
        var bad = new ClosingStream(fails: true);
        foreach (ClosingStream stream in failsFirst ? [bad, good] : new[] { good, bad })
        {
            _self.Trust.Connections.Add(new StreamConnection(stream, owner: null, _logs.CreateLogger("test")), _peer, _clock);
        }

        _self.Receive(TestTrust.Create(_authority, 7, TestTrust.MarbleType("backend")), _authority, _clock.GetUtcNow());

        Assert.Equal((1, 1), (good.Closed, bad.Closed));
        Assert.Equal(0, _self.Trust.Connections.Count);
        Assert.Equal(7ul, _self.Trust.Current!.Number);
        Assert.Single(_logs.Entries, e => e.Contains("ConnectionCloseFailed", StringComparison.Ordinal)
            && e.Contains("fault of the app's stream", StringComparison.Ordinal));
    }

    /// <summary>The timer of a connection runs on a thread without a caller.</summary>
    [Fact]
    public void End_StreamThrowsWhenItIsClosed_IsLogged_AndTheOthersAreClosed()
    {
        var good = new ClosingStream(fails: false);
        var bad = new ClosingStream(fails: true);
        _self.Trust.Connections.Add(new StreamConnection(bad, owner: null, _logs.CreateLogger("test")), _peer, _clock);
        _self.Trust.Connections.Add(new StreamConnection(good, owner: null, _logs.CreateLogger("test")), _peer, _clock);

        _clock.Advance(_peer.NotAfter - _clock.GetUtcNow() + TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (good.Closed, bad.Closed));
        _clock.Advance(OpenConnections.DrainTime);

        Assert.Equal((1, 1), (good.Closed, bad.Closed));
        Assert.Equal(0, _self.Trust.Connections.Count);
        Assert.Single(_logs.Entries, e => e.Contains("ConnectionCloseFailed", StringComparison.Ordinal));
    }

    private sealed class ClosingStream(bool fails) : MemoryStream
    {
        public int Closed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            Closed++;
            base.Dispose(disposing);
            if (fails)
            {
                throw new InvalidOperationException("fault of the app's stream");
            }
        }
    }
}
