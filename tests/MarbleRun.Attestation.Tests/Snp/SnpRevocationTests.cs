using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Tests.Attestation.Snp;

[Trait("Security", "B3")]
public sealed class SnpRevocationTests
{
    private readonly SnpForge _forge = new();

    private SnpTestPki Pki => _forge.Pki;

    [Fact]
    public async Task Verify_ListWithoutAsk_IsAcceptedAndNamesTheCheck()
    {
        Verdict verdict = await JudgeAsync(Pki.RevocationList([0x77]));

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Contains(verdict.Checks, c => c.Code == "crl.ark");
    }

    [Fact]
    public async Task Verify_AskOnList_IsRevoked() =>
        await AssertFailsAsync(Pki.RevocationList(Pki.Ask.SerialNumber), VerdictReason.Revoked);

    [Fact]
    public async Task Verify_ArkOnList_IsRevoked() =>
        await AssertFailsAsync(Pki.RevocationList(Pki.Ark.SerialNumber), VerdictReason.Revoked);

    [Fact]
    public async Task Verify_ListOfAnotherIssuer_IsMismatch() =>
        await AssertFailsAsync(Pki.RevocationList(issuer: "CN=ARK-Milan, O=Test"), VerdictReason.Mismatch);

    [Fact]
    public async Task Verify_SelfMadeListOfTheSameName_FailsSignature() =>
        await AssertFailsAsync(Pki.RevocationList(key: SnpTestPki.UnrelatedKey), VerdictReason.SignatureInvalid);

    [Fact]
    public async Task Verify_RootThatMayNotSignLists_IsUntrusted()
    {
        Pki.Ark.KeyUsage = X509KeyUsageFlags.KeyCertSign;

        await AssertFailsAsync(Pki.RevocationList(), VerdictReason.ChainUntrusted);
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(31, false)]
    [InlineData(-2, false)]
    public async Task Verify_ListOutOfDate_IsExpired(int days, bool isCurrent)
    {
        Verdict verdict = await JudgeAsync(Pki.RevocationList(), SnpTestPki.Now.AddDays(days));

        Assert.Equal(isCurrent ? (null, VerdictReason.Accepted) : ("crl.ark", VerdictReason.CollateralExpired), SnpForge.Failure(verdict));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("3000")]
    [InlineData("3080")]
    [InlineData("308400ffffff")]
    [Trait("Security", "A19")]
    public async Task Verify_Garbage_IsMalformed(string hex) => await AssertFailsAsync(Convert.FromHexString(hex), VerdictReason.Malformed);

    [Fact]
    [Trait("Security", "A19")]
    public async Task Verify_EveryByteOfListChanged_IsRefused()
    {
        byte[] list = Pki.RevocationList([1, 2, 3]);
        byte[] report = _forge.Build();
        SnpTrustAnchor anchor = Pki.Anchor();
        SnpCollateral collateral = Pki.Collateral();
        for (int i = 0; i < list.Length; i++)
        {
            byte[] changed = [.. list];
            changed[i] ^= 1;

            Verdict verdict = await SnpForge.JudgeAsync(report, anchor, collateral with { RevocationList = changed });

            Assert.True(SnpForge.Failure(verdict).Code == "crl.ark", $"byte {i}: {verdict}");
        }
    }

    private Task<Verdict> JudgeAsync(byte[] list, DateTimeOffset? now = null) =>
        _forge.JudgeAsync(Pki.Collateral() with { RevocationList = list }, now: now);

    private Task AssertFailsAsync(byte[] list, VerdictReason reason) => SnpForge.AssertFailsAsync(JudgeAsync(list), "crl.ark", reason);
}
