using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Tests.Attestation.Snp;

public sealed class SnpChainTests
{
    private readonly SnpForge _forge = new();

    private SnpTestPki Pki => _forge.Pki;

    [Theory]
    [InlineData(SnpProductLine.Milan, SnpSigningKey.Vcek)]
    [InlineData(SnpProductLine.Genoa, SnpSigningKey.Vcek)]
    [InlineData(SnpProductLine.Turin, SnpSigningKey.Vcek)]
    [InlineData(SnpProductLine.Milan, SnpSigningKey.Vlek)]
    [InlineData(SnpProductLine.Genoa, SnpSigningKey.Vlek)]
    [InlineData(SnpProductLine.Turin, SnpSigningKey.Vlek)]
    public async Task Verify_EveryProductLineAndKey_IsAccepted(SnpProductLine line, SnpSigningKey kind)
    {
        Verdict verdict = await new SnpForge(line, kind).JudgeAsync();

        Assert.True(verdict.IsAccepted, verdict.ToString());
        SnpClaims claims = verdict.Claims!.Snp!;
        Assert.Equal((line, kind, $"ARK-{line}"), (claims.ProductLine, claims.SigningKey, verdict.Claims.TrustAnchor));
        Assert.Equal(kind == SnpSigningKey.Vlek ? "CN=test.example" : null, claims.CspId);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("no VEK")]
    [InlineData("no ASK")]
    [InlineData("empty VEK")]
    public async Task Verify_CertificateMissing_IsCollateralMissing(string what)
    {
        SnpCollateral? collateral = what switch
        {
            "nothing" => null,
            "no VEK" => Pki.Collateral() with { Vek = null },
            "no ASK" => Pki.Collateral() with { Ask = null },
            _ => Pki.Collateral() with { Vek = Array.Empty<byte>() },
        };

        Verdict verdict = await SnpForge.JudgeAsync(_forge.Build(), Pki.Anchor(), collateral);

        Assert.Equal(("chain.structure", VerdictReason.CollateralMissing), SnpForge.Failure(verdict));
        Assert.NotNull(verdict.Claims?.Snp);
    }

    [Fact]
    [Trait("Security", "B2")]
    public async Task Verify_RootOfSameNameWithOtherKey_IsUntrusted()
    {
        SnpTrustAnchor anchor = Pki.Anchor();
        Pki.ArkKey = SnpTestPki.UnrelatedKey;

        await SnpForge.AssertFailsAsync(
            SnpForge.JudgeAsync(_forge.Build(), anchor, Pki.Collateral()), "chain.root", VerdictReason.ChainUntrusted);
        await SnpForge.AssertFailsAsync(
            SnpForge.JudgeAsync(_forge.Build(), anchor, Pki.Collateral() with { Ark = null }), "chain.path", VerdictReason.ChainUntrusted);
    }

    [Fact]
    [Trait("Security", "B2")]
    public async Task Verify_RootIssuedAgainWithSameKey_IsAccepted()
    {
        SnpTrustAnchor anchor = Pki.Anchor();
        Pki.Ark.NotAfter = SnpTestPki.Now.AddYears(7);

        Verdict verdict = await SnpForge.JudgeAsync(_forge.Build(), anchor, Pki.Collateral());

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Fact]
    [Trait("Security", "B2")]
    public async Task Verify_RootWithTrustedKeyButAnotherSignature_IsUntrusted()
    {
        byte[] forged = Pki.Ark.Issue(new PublicKey(Pki.ArkKey), Pki.Ark.Name, SnpTestPki.UnrelatedKey);

        await SnpForge.AssertFailsAsync(
            _forge.JudgeAsync(Pki.Collateral() with { Ark = forged }), "chain.root", VerdictReason.ChainUntrusted);
    }

    [Fact]
    [Trait("Security", "B2")]
    public async Task Verify_VekOfAnotherProductLineUnderTheRoot_IsMismatch()
    {
        Pki.SetText(".2", "Milan-B0");

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "chain.vek", VerdictReason.Mismatch);
    }

    [Theory]
    [InlineData(0x19, 0x01)]
    [InlineData(0x1a, 0x02)]
    [InlineData(0x17, 0x31)]
    [InlineData(0, 0)]
    [Trait("Security", "B2")]
    public async Task Verify_ProcessorOfAnotherProductLine_IsMismatch(byte family, byte model)
    {
        _forge.Report[0x188] = family;
        _forge.Report[0x189] = model;

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "chain.product", VerdictReason.Mismatch);
    }

    [Theory]
    [InlineData("ARK")]
    [InlineData("ASK")]
    [InlineData("VEK")]
    [InlineData("VEK not yet")]
    public async Task Verify_CertificateNotValidNow_IsExpired(string which)
    {
        DateTimeOffset past = SnpTestPki.Now.AddDays(-1);
        switch (which)
        {
            case "ARK":
                Pki.Ark.NotAfter = past;
                break;
            case "ASK":
                Pki.Ask.NotAfter = past;
                break;
            case "VEK":
                Pki.Vek.NotAfter = past;
                break;
            default:
                Pki.Vek.NotBefore = SnpTestPki.Now.AddDays(1);
                break;
        }

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "chain.validity", VerdictReason.CollateralExpired);
    }

    [Theory]
    [InlineData("ASK no CA")]
    [InlineData("ASK may not sign certificates")]
    [InlineData("ARK path length")]
    [InlineData("VEK is CA")]
    [InlineData("VEK may not sign data")]
    [InlineData("VEK by another key")]
    [InlineData("VEK of other issuer")]
    [InlineData("VEK with RSA key")]
    public async Task Verify_CertificateWithoutTheRight_IsUntrusted(string what)
    {
        SnpTrustAnchor anchor = Pki.Anchor();
        byte[]? vek = null;
        switch (what)
        {
            case "ASK no CA":
                Pki.Ask.IsAuthority = false;
                break;
            case "ASK may not sign certificates":
                Pki.Ask.KeyUsage = X509KeyUsageFlags.DigitalSignature;
                break;
            case "ARK path length":
                Pki.Ark.PathLength = 0;
                break;
            case "VEK is CA":
                Pki.Vek.IsAuthority = true;
                break;
            case "VEK may not sign data":
                Pki.Vek.KeyUsage = X509KeyUsageFlags.KeyAgreement;
                break;
            case "VEK by another key":
                vek = Pki.Vek.Issue(new PublicKey(Pki.VekKey), Pki.Ask.Name, SnpTestPki.UnrelatedKey);
                break;
            case "VEK of other issuer":
                vek = Pki.Vek.Issue(new PublicKey(Pki.VekKey), "CN=SEV-Milan, O=Test", Pki.AskKey);
                break;
            default:
                vek = Pki.Vek.Issue(new PublicKey(SnpTestPki.UnrelatedKey), Pki.Ask.Name, Pki.AskKey);
                break;
        }

        SnpCollateral collateral = Pki.Collateral() with { Vek = vek ?? Pki.VekDer() };

        await SnpForge.AssertFailsAsync(
            SnpForge.JudgeAsync(_forge.Build(), anchor, collateral), "chain.path", VerdictReason.ChainUntrusted);
    }

    [Fact]
    public async Task Verify_ReportSignedByAnotherKey_FailsSignature()
    {
        using var outsider = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        await SnpForge.AssertFailsAsync(
            SnpForge.JudgeAsync(_forge.Build(outsider), Pki.Anchor(), Pki.Collateral()),
            "report.signature",
            VerdictReason.SignatureInvalid);
    }

    [Fact]
    [Trait("Security", "B1")]
    public async Task Verify_VekKindOtherThanItsName_IsUntrusted()
    {
        Pki.Vek.Name = "CN=SEV-VLEK, O=Test";

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "chain.vek", VerdictReason.ChainUntrusted);
    }

    [Fact]
    [Trait("Security", "B1")]
    public async Task Verify_VlekUnderTheCaOfVceks_IsUntrusted()
    {
        var forge = new SnpForge(SnpProductLine.Genoa, SnpSigningKey.Vlek);
        forge.Pki.Ask.Name = "CN=SEV-Genoa, O=Test";

        await SnpForge.AssertFailsAsync(forge.JudgeAsync(), "chain.vek", VerdictReason.ChainUntrusted);
    }

    [Theory]
    [InlineData(SnpSigningKey.Vlek)]
    [InlineData(SnpSigningKey.None)]
    [Trait("Security", "B1")]
    [Trait("Security", "B4")]
    public async Task Verify_ReportOfAnotherKindOfKey_IsMismatch(SnpSigningKey key)
    {
        _forge.WriteUInt32(0x48, (uint)key << 2);

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "report.signing_key", VerdictReason.Mismatch);
    }

    [Theory]
    [InlineData(SnpProductLine.Genoa)]
    [InlineData(SnpProductLine.Turin)]
    [Trait("Security", "B1")]
    public async Task Verify_AnyByteOfReportedTcbOtherThanTheVek_IsMismatch(SnpProductLine line)
    {
        for (int i = 0; i < 8; i++)
        {
            foreach (int step in (int[])[1, -1])
            {
                var forge = new SnpForge(line);
                forge.Report[0x180 + i] = (byte)(forge.Report[0x180 + i] + step);

                await SnpForge.AssertFailsAsync(forge.JudgeAsync(), "chain.tcb", VerdictReason.Mismatch);
            }
        }
    }

    [Fact]
    [Trait("Security", "B1")]
    public async Task Verify_OnlyTheCurrentTcbIsNewer_IsAccepted()
    {
        _forge.WriteUInt64(0x38, _forge.Pki.Tcb + (1UL << 56));

        Verdict verdict = await _forge.JudgeAsync();

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Theory]
    [InlineData(SnpProductLine.Genoa, 0)]
    [InlineData(SnpProductLine.Genoa, 63)]
    [InlineData(SnpProductLine.Turin, 7)]
    [InlineData(SnpProductLine.Turin, 8)]
    [InlineData(SnpProductLine.Turin, 63)]
    [Trait("Security", "B1")]
    public async Task Verify_ChipOtherThanTheVek_IsMismatch(SnpProductLine line, int at)
    {
        var forge = new SnpForge(line);
        forge.Report[0x1a0 + at] ^= 1;

        await SnpForge.AssertFailsAsync(forge.JudgeAsync(), "chain.chip_id", VerdictReason.Mismatch);
    }

    [Fact]
    [Trait("Security", "B1")]
    public async Task Verify_HiddenChipIdWithVcek_IsMismatch()
    {
        _forge.Fill(0x1a0, 64, 0);

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "chain.chip_id", VerdictReason.Mismatch);
    }
}
