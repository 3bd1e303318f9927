using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Tests.Attestation.Dcap;

public sealed class DcapSignatureTests
{
    [Fact]
    public async Task Verify_RightQuote_IsAccepted()
    {
        Verdict verdict = await new QuoteForge().JudgeAsync();

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal("Test Root", verdict.Claims?.TrustAnchor);
    }

    [Fact]
    [Trait("Security", "A1")]
    public async Task Verify_SignedByAnotherKey_FailsQuoteSignature()
    {
        Verdict verdict = await new QuoteForge { OtherSigner = ECDsa.Create(ECCurve.NamedCurves.nistP256) }.JudgeAsync();

        Assert.Equal(("quote.signature", VerdictReason.SignatureInvalid), QuoteForge.Failure(verdict));
    }

    [Fact]
    [Trait("Security", "A1")]
    public async Task Verify_QuotingEnclaveNotSignedByPck_FailsQeSignature()
    {
        Verdict verdict = await new QuoteForge { OtherQeSigner = ECDsa.Create(ECCurve.NamedCurves.nistP256) }.JudgeAsync();

        Assert.Equal(("qe.signature", VerdictReason.SignatureInvalid), QuoteForge.Failure(verdict));
    }

    [Fact]
    [Trait("Security", "A5")]
    public async Task Verify_AttestationKeyNotBound_FailsQeBinding()
    {
        Verdict verdict = await new QuoteForge { QeReportData = RandomNumberGenerator.GetBytes(32) }.JudgeAsync();

        Assert.Equal(("qe.binding", VerdictReason.SignatureInvalid), QuoteForge.Failure(verdict));
    }

    [Fact]
    [Trait("Security", "A5")]
    public async Task Verify_BindingNotFollowedByZeros_FailsQeBinding()
    {
        var forge = new QuoteForge();
        ECPoint key = forge.AttestationKey.ExportParameters(false).Q;
        forge.QeReportData = [.. SHA256.HashData([.. key.X!, .. key.Y!, .. forge.AuthenticationData]), .. new byte[31], 1];

        Assert.Equal(("qe.binding", VerdictReason.SignatureInvalid), QuoteForge.Failure(await forge.JudgeAsync()));
    }

    [Fact]
    [Trait("Security", "A5")]
    public async Task Verify_NoAuthenticationData_IsBoundByKeyAlone()
    {
        Assert.True((await new QuoteForge { AuthenticationData = [] }.JudgeAsync()).IsAccepted);
    }

    [Fact]
    [Trait("Security", "A6")]
    public async Task Verify_OtherQuotingEnclaveVendor_IsUnsupported()
    {
        var forge = new QuoteForge();
        forge.Header[12] ^= 1;

        Assert.Equal(("quote.structure", VerdictReason.Unsupported), QuoteForge.Failure(await forge.JudgeAsync()));
    }

    [Theory]
    [InlineData(0, VerdictReason.Malformed)]
    [InlineData(2, VerdictReason.Malformed)]
    [InlineData(5, VerdictReason.Malformed)]
    [InlineData(255, VerdictReason.Malformed)]
    [Trait("Security", "A18")]
    public async Task Verify_OtherVersion_IsRefused(byte version, VerdictReason reason)
    {
        var forge = new QuoteForge();
        forge.Header[0] = version;

        Assert.Equal(("quote.structure", reason), QuoteForge.Failure(await forge.JudgeAsync()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(0)]
    [InlineData(65535)]
    [Trait("Security", "A18")]
    public async Task Verify_OtherCertificationType_IsUnsupported(ushort type)
    {
        Verdict verdict = await new QuoteForge { CertificationType = type }.JudgeAsync();

        Assert.Equal(("chain.structure", VerdictReason.Unsupported), QuoteForge.Failure(verdict));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Verify_PlatformNamedOnly_TakesChainFromCollateral(ushort type)
    {
        var forge = new QuoteForge { CertificationType = type, CertificationData = new byte[404] };
        var collateral = new DcapCollateral { PckCertificateChain = System.Text.Encoding.ASCII.GetBytes(forge.Pki.Chain()) };

        Assert.True((await forge.JudgeAsync(collateral)).IsAccepted);
    }

    [Fact]
    [Trait("Security", "A18")]
    public async Task Verify_ZerosAfterQuote_IsAccepted()
    {
        var forge = new QuoteForge();
        byte[] quote = [.. forge.Build(), .. new byte[100]];

        Assert.True((await QuoteForge.JudgeAsync(quote, forge.Pki.Anchor())).IsAccepted);

        quote[^1] = 1;
        Assert.Equal(
            ("quote.structure", VerdictReason.Malformed), QuoteForge.Failure(await QuoteForge.JudgeAsync(quote, forge.Pki.Anchor())));
    }

    [Theory]
    [InlineData(432, 0u)]
    [InlineData(432, 1u)]
    [InlineData(432, 0x7fffffffu)]
    [InlineData(432, 0x80000000u)]
    [InlineData(432, 0xffffffffu)]
    [InlineData(1048, 0u)]
    [InlineData(1048, 0x7fffffffu)]
    [InlineData(1048, 0x80000000u)]
    [InlineData(1048, 0xffffffffu)]
    [Trait("Security", "A18")]
    public async Task Verify_LengthThatLies_IsMalformed(int offset, uint length)
    {
        var forge = new QuoteForge();
        byte[] quote = forge.Build();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(quote.AsSpan(offset), length);

        Assert.Equal(VerdictReason.Malformed, (await QuoteForge.JudgeAsync(quote, forge.Pki.Anchor())).Reason);
    }

    [Fact]
    [Trait("Security", "A18")]
    public async Task Verify_Nothing_SaysEmptyReport()
    {
        Verdict verdict = await QuoteForge.JudgeAsync([], DcapTrustAnchor.IntelSgx);

        Assert.Equal("empty report", verdict.Summary);
        Assert.Equal(VerdictReason.Malformed, verdict.Reason);
        Assert.Null(verdict.Claims);
    }
}
