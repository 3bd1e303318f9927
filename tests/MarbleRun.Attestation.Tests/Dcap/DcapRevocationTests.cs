using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Tests.Attestation.Dcap;

public sealed class DcapRevocationTests
{
    private readonly QuoteForge _forge = new();

    private TestPki Pki => _forge.Pki;

    [Fact]
    [Trait("Security", "A14")]
    public async Task Verify_EmptyLists_IsAcceptedAndNamesBothChecks()
    {
        Verdict verdict = await _forge.JudgeAsync(Lists());

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Contains(verdict.Checks, c => c.Code == "crl.root");
        Assert.Contains(verdict.Checks, c => c.Code == "crl.pck");
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Verify_OtherCertificateOnList_IsAccepted()
    {
        Assert.True((await _forge.JudgeAsync(Lists(revokedPck: [0x11, 0x22], revokedAuthority: [0x33]))).IsAccepted);
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Verify_PckOnList_IsRevoked()
    {
        Verdict verdict = await _forge.JudgeAsync(Lists(revokedPck: Pki.Pck.SerialNumber));

        Assert.Equal(("crl.pck", VerdictReason.Revoked), QuoteForge.Failure(verdict));
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Verify_AuthorityOnList_IsRevoked()
    {
        Verdict verdict = await _forge.JudgeAsync(Lists(revokedAuthority: Pki.Authority.SerialNumber));

        Assert.Equal(("crl.root", VerdictReason.Revoked), QuoteForge.Failure(verdict));
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Verify_ListOfAnotherIssuer_IsMismatch()
    {
        DcapCollateral lists = Lists() with { PckRevocationList = Lists().RootRevocationList };

        Assert.Equal(("crl.pck", VerdictReason.Mismatch), QuoteForge.Failure(await _forge.JudgeAsync(lists)));
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Verify_SelfMadeListOfTheSameName_FailsSignature()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DcapCollateral lists = Lists() with { PckRevocationList = TestPki.RevocationList(Pki.Authority.Name, key) };

        Assert.Equal(("crl.pck", VerdictReason.SignatureInvalid), QuoteForge.Failure(await _forge.JudgeAsync(lists)));
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Verify_IssuerThatMayNotSignLists_IsUntrusted()
    {
        Pki.Authority.KeyUsage = X509KeyUsageFlags.KeyCertSign;

        Assert.Equal(("crl.pck", VerdictReason.ChainUntrusted), QuoteForge.Failure(await _forge.JudgeAsync(Lists())));
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(31, false)]
    [InlineData(-2, false)]
    [Trait("Security", "A15")]
    public async Task Verify_ListOutOfDate_IsExpired(int days, bool isCurrent)
    {
        Verdict verdict = await _forge.JudgeAsync(Lists(), TestPki.Now.AddDays(days));

        Assert.Equal(
            isCurrent ? (null, VerdictReason.Accepted) : ("crl.root", VerdictReason.CollateralExpired), QuoteForge.Failure(verdict));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("3000")]
    [InlineData("3080")]
    [InlineData("308400ffffff")]
    [Trait("Security", "A19")]
    public async Task Verify_Garbage_IsMalformed(string hex)
    {
        DcapCollateral lists = Lists() with { RootRevocationList = Convert.FromHexString(hex) };

        Assert.Equal(("crl.root", VerdictReason.Malformed), QuoteForge.Failure(await _forge.JudgeAsync(lists)));
    }

    private DcapCollateral Lists(byte[]? revokedPck = null, byte[]? revokedAuthority = null) => new()
    {
        RootRevocationList = TestPki.RevocationList(Pki.Root.Name, Pki.RootKey, revokedAuthority),
        PckRevocationList = TestPki.RevocationList(Pki.Authority.Name, Pki.AuthorityKey, revokedPck),
    };
}
