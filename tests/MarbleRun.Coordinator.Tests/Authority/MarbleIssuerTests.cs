using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Authority;

public sealed class MarbleIssuerTests
{
    private static readonly DateTimeOffset s_made = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly MeshAuthority _authority =
        MeshAuthority.Create(KeyAlgorithm.EcdsaP256, CertificateNames.ForCoordinator(["localhost"]), s_made);

    [Theory]
    [InlineData(-1)]
    [InlineData(-3600)]
    public void Issue_ClockSetBackSinceTheAuthorityWasMade_IssuesFromTheAuthoritysBeginOn(int seconds)
    {
        using X509Certificate2 leaf = Issue(s_made.AddSeconds(seconds));

        Assert.Equal(_authority.MarbleRoot.NotBefore, leaf.NotBefore);
        Assert.Equal(s_made.AddSeconds(seconds).AddDays(30).UtcDateTime, leaf.NotAfter.ToUniversalTime());
    }

    [Fact]
    [Trait("Security", "D4")]
    public void Issue_ClockFarBeforeTheAuthority_IsRefusedAndSaysSo()
    {
        CryptographicException refusal = Assert.Throws<CryptographicException>(() => Issue(s_made.AddYears(-1)));

        Assert.Contains("Correct the clock", refusal.Message, StringComparison.Ordinal);
    }

    private X509Certificate2 Issue(DateTimeOffset now)
    {
        var issuer = new MarbleIssuer(Options.Create(new CoordinatorOptions()), new FakeTimeProvider(now));
        using IssuedIdentity identity = issuer.Issue(
            _authority,
            new MarbleSubject(
                Guid.NewGuid(),
                "web",
                new CertificateNames(["localhost"], [IPAddress.Loopback]),
                _authority.DefaultTrustDomain,
                Code: null),
            renews: false);
        return X509CertificateLoader.LoadCertificate(identity.Certificate);
    }
}
