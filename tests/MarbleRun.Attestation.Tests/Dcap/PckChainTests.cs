using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Tests.Attestation.Dcap;

public sealed class PckChainTests
{
    private readonly QuoteForge _forge = new();

    [Fact]
    [Trait("Security", "A2")]
    public async Task Verify_OtherRootOfTheSameName_IsUntrusted()
    {
        byte[] sameName = new TestPki().SelfSigned();

        Verdict verdict = await QuoteForge.JudgeAsync(_forge.Build(), DcapTrustAnchor.FromCertificate(sameName));

        Assert.Equal(("chain.root", VerdictReason.ChainUntrusted), QuoteForge.Failure(verdict));
        Assert.Contains("a root of that name with another key", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "A2")]
    public async Task Verify_OwnChainUnderIntelAnchor_IsUntrusted()
    {
        Assert.Equal(
            ("chain.root", VerdictReason.ChainUntrusted),
            QuoteForge.Failure(await QuoteForge.JudgeAsync(_forge.Build(), DcapTrustAnchor.IntelSgx)));
    }

    [Fact]
    public async Task Verify_OtherCertificateOfTheSameRoot_IsAccepted()
    {
        DcapTrustAnchor anchor = _forge.Pki.Anchor();
        _forge.Pki.Root.NotAfter = _forge.Pki.Root.NotAfter.AddYears(1);
        _forge.Pki.Root.SerialNumber = [1, 2, 3];

        Assert.True((await QuoteForge.JudgeAsync(_forge.Build(), anchor)).IsAccepted);
    }

    [Fact]
    [Trait("Security", "A2")]
    public async Task Verify_GenuineRootBehindForeignChain_IsUntrusted()
    {
        var other = new TestPki();
        TestPki pki = _forge.Pki;
        _forge.CertificationData = Encoding.ASCII.GetBytes(
            TestPki.Pem(pki.Leaf()) + TestPki.Pem(pki.Intermediate()) + TestPki.Pem(other.SelfSigned()));

        Assert.Equal(
            ("chain.path", VerdictReason.ChainUntrusted), QuoteForge.Failure(await QuoteForge.JudgeAsync(_forge.Build(), other.Anchor())));
    }

    [Fact]
    public async Task Verify_RootSecond_IsAccepted()
    {
        TestPki pki = _forge.Pki;
        _forge.CertificationData = Encoding.ASCII.GetBytes(
            TestPki.Pem(pki.Leaf()) + TestPki.Pem(pki.SelfSigned()) + TestPki.Pem(pki.Intermediate()));

        Assert.True((await _forge.JudgeAsync()).IsAccepted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Verify_OtherNumberOfCertificates_IsUntrusted(int count)
    {
        TestPki pki = _forge.Pki;
        byte[][] all = [pki.Leaf(), pki.Intermediate(), pki.SelfSigned(), pki.SelfSigned()];
        _forge.CertificationData = Encoding.ASCII.GetBytes(string.Concat(all[..count].Select(TestPki.Pem)));

        Assert.Equal(("chain.structure", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Fact]
    [Trait("Security", "A1")]
    public async Task Verify_IntermediateThatIsNoAuthority_IsUntrusted()
    {
        _forge.Pki.Authority.IsAuthority = false;
        _forge.Pki.Authority.PathLength = null;

        Assert.Equal(("chain.path", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Fact]
    public async Task Verify_IntermediateWithoutCertSign_IsUntrusted()
    {
        _forge.Pki.Authority.KeyUsage = X509KeyUsageFlags.CrlSign;

        Assert.Equal(("chain.path", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Fact]
    public async Task Verify_RootThatAllowsNoAuthorityBelow_IsUntrusted()
    {
        _forge.Pki.Root.PathLength = 0;

        Assert.Equal(("chain.path", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Fact]
    public async Task Verify_LeafThatIsAuthority_IsUntrusted()
    {
        _forge.Pki.Pck.IsAuthority = true;

        Assert.Equal(("chain.path", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Fact]
    public async Task Verify_LeafThatMayNotSign_IsUntrusted()
    {
        _forge.Pki.Pck.KeyUsage = X509KeyUsageFlags.KeyAgreement;

        Assert.Equal(("chain.path", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Fact]
    public async Task Verify_LeafOfOtherIssuerName_IsUntrusted()
    {
        string chain = _forge.Pki.Chain();
        _forge.Pki.Authority.Name = "CN=Test PCK ca";
        _forge.CertificationData = Encoding.ASCII.GetBytes(
            chain.Replace(TestPki.Pem(_forge.Pki.Intermediate()), string.Empty, StringComparison.Ordinal));
        string leaf = chain[..(chain.IndexOf("-----END CERTIFICATE-----\n", StringComparison.Ordinal) + 26)];
        _forge.CertificationData = Encoding.ASCII.GetBytes(
            leaf + TestPki.Pem(_forge.Pki.Intermediate()) + TestPki.Pem(_forge.Pki.SelfSigned()));

        Assert.Equal(("chain.path", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Fact]
    public async Task Verify_LeafWithoutSgxExtension_IsNoPck()
    {
        _forge.Pki.Pck.Sgx = null;

        Assert.Equal(("chain.pck", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Theory]
    [InlineData(".1")]
    [InlineData(".2")]
    [InlineData(".2.1")]
    [InlineData(".2.16")]
    [InlineData(".2.17")]
    [InlineData(".2.18")]
    [InlineData(".3")]
    [InlineData(".4")]
    [InlineData(".5")]
    [Trait("Security", "A19")]
    public async Task Verify_SgxExtensionWithoutField_IsNoPckAndNamesTheField(string field)
    {
        _forge.Pki.Pck.Sgx = TestPki.SgxExtension(without: "1.2.840.113741.1.13.1" + field);

        Verdict verdict = await _forge.JudgeAsync();

        Assert.Equal(("chain.pck", VerdictReason.ChainUntrusted), QuoteForge.Failure(verdict));
        Assert.Contains($"1.2.840.113741.1.13.1{field} is missing", verdict.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(256)]
    [Trait("Security", "A19")]
    public async Task Verify_ComponentOutOfRange_IsNoPck(int component)
    {
        _forge.Pki.Pck.Sgx = TestPki.SgxExtension(component: component);

        Assert.Equal(("chain.pck", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Fact]
    [Trait("Security", "A19")]
    public async Task Verify_FieldTwice_IsNoPck()
    {
        _forge.Pki.Pck.Sgx = TestPki.SgxExtension(twice: true);

        Assert.Equal(("chain.pck", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync()));
    }

    [Theory]
    [InlineData("root")]
    [InlineData("authority")]
    [InlineData("pck")]
    [Trait("Security", "A15")]
    public async Task Verify_CertificateOutOfDate_IsExpiredBothWays(string which)
    {
        TestCertificate certificate = which switch { "root" => _forge.Pki.Root, "authority" => _forge.Pki.Authority, _ => _forge.Pki.Pck };
        certificate.NotBefore = TestPki.Now.AddDays(-10);
        certificate.NotAfter = TestPki.Now.AddDays(10);
        byte[] quote = _forge.Build();
        DcapTrustAnchor anchor = _forge.Pki.Anchor();

        foreach (int seconds in (int[])[-1, 1])
        {
            DateTimeOffset edge = seconds < 0 ? certificate.NotBefore : certificate.NotAfter;

            Assert.True((await QuoteForge.JudgeAsync(quote, anchor, now: edge)).IsAccepted);
            Assert.Equal(
                ("chain.validity", VerdictReason.CollateralExpired),
                QuoteForge.Failure(await QuoteForge.JudgeAsync(quote, anchor, now: edge.AddSeconds(seconds))));
        }
    }
}
