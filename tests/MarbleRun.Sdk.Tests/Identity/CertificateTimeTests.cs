using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Identity;

/// <summary>A refusal for a time names both times and the clock, because a clock that is wrong is the commonest cause.</summary>
public sealed class CertificateTimeTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero));
    private readonly TestAuthority _authority;

    public CertificateTimeTests() => _authority = new TestAuthority(_clock);

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(-20, "2031-05-06 06:48:09Z")]
    [InlineData(60 * 24 * 31, "2031-06-06 07:08:09Z")]
    public void TryVerify_LeafNotValidNow_NamesItsTimesAndTheClock(int minutes, string now)
    {
        using var leaf = _authority.IssueMarble("a");

        Assert.False(CertificateChain.TryVerify(
            leaf, _authority.MarbleRoot, CertificateRole.Client, _clock.GetUtcNow() + TimeSpan.FromMinutes(minutes), out string? reason));

        Assert.Equal(
            $"the certificate is not valid at this time: it is valid from 2031-05-06 07:03:09Z to 2031-06-05 07:08:09Z, and the clock of "
            + $"this machine says {now}",
            reason);
    }

    [Fact]
    public void TryVerify_IssuerNotValidNow_NamesTheIssuersTimes()
    {
        using var leaf = _authority.IssueMarble("a", change: t => t.NotAfter = TimeSpan.FromDays(100_000));

        Assert.False(CertificateChain.TryVerify(
            leaf, _authority.MarbleRoot, CertificateRole.Client, _clock.GetUtcNow() + TimeSpan.FromDays(90_000), out string? reason));

        Assert.StartsWith(
            "the issuer of the certificate is not valid at this time: it is valid from 2031-", reason, StringComparison.Ordinal);
        Assert.Contains("the clock of this machine says 22", reason, StringComparison.Ordinal);
    }
}
