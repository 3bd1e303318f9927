using System.Collections.Concurrent;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;
using MarbleRun.Tests.Attestation.Dcap;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation;

/// <summary>
/// Evidence and collateral with any one bit changed is refused. The untouched original is judged first, by the same verifier: nothing that
/// it remembers may help a copy.
/// </summary>
[Trait("Security", "A18")]
public sealed class BitFlipTests
{
    // Less than 8, so that every byte has one, and odd, so that it is another one of each.
    private const int InEveryByte = 7;

    private readonly QuoteForge _forge = new();
    private readonly TestPki _pki;

    public BitFlipTests()
    {
        _pki = _forge.Pki;
    }

    [Fact]
    public async Task SgxQuote_EveryBitUpToTheChain_IsRefused() => await RefuseQuotesAsync(_forge);

    [Fact]
    public async Task TdxQuote_EveryBitUpToTheChain_IsRefused() => await RefuseQuotesAsync(QuoteForge.ForTd());

    [Fact]
    public async Task TdxQuoteOfReport10_ABitOfEveryByteUpToTheChain_IsRefused() =>
        await RefuseQuotesAsync(QuoteForge.ForTd(is15: false), InEveryByte);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, InEveryByte)]
    [InlineData(2, InEveryByte)]
    public async Task Certificate_BitsOfAChain_AreRefused(int which, int step)
    {
        byte[][] chain = [_pki.Leaf(), _pki.Intermediate(), _pki.SelfSigned()];
        _forge.CertificationData = Encoding.ASCII.GetBytes(string.Concat(chain.Select(TestPki.Pem)));
        DcapQuoteVerifier verifier = Verifier(_forge);
        byte[] quote = _forge.Build();
        byte[] start = quote[..(quote.AsSpan().IndexOf("-----BEGIN"u8) - sizeof(uint))];

        await RefuseAsync(
            chain[which],
            changed =>
            {
                // The same length as before, so that the other lengths in the quote are right too.
                byte[] pem = Encoding.ASCII.GetBytes(string.Concat(chain.Select((der, i) => TestPki.Pem(i == which ? changed : der))));
                return JudgeAsync(verifier, [.. start, .. BitConverter.GetBytes(pem.Length), .. pem]);
            },
            step);
    }

    [Fact]
    [Trait("Security", "A7")]
    public async Task TcbInfo_EveryBit_FailsItsSignature()
    {
        DcapSignedDocument document = new CollateralForge(_pki).Build().TcbInfo!;
        DcapTrustAnchor anchor = _pki.Anchor();

        await RefuseAsync(
            document.Body.ToArray(),
            body => new PreparedDocument<TcbInfo>(document with { Body = body }, anchor, "", TcbInfo.TryParse).SignatureFailure is null);
    }

    [Fact]
    [Trait("Security", "A3")]
    public async Task QeIdentity_EveryBit_FailsItsSignature()
    {
        DcapSignedDocument document = new CollateralForge(_pki).Build().QeIdentity!;
        DcapTrustAnchor anchor = _pki.Anchor();

        await RefuseAsync(
            document.Body.ToArray(),
            body =>
                new PreparedDocument<QeIdentity>(document with { Body = body }, anchor, "", QeIdentity.TryParse).SignatureFailure is null);
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task RevocationList_EveryBit_IsRefused()
    {
        byte[] list = TestPki.RevocationList(_pki.Authority.Name, _pki.AuthorityKey, [1, 2, 3]);
        Certificate leaf = Read(_pki.Leaf());
        Certificate authority = Read(_pki.Intermediate());

        await RefuseAsync(
            list, changed => new PreparedRevocationList(changed, IntelCertificates.Profile).Check(leaf, authority, TestPki.Now) is null);
    }

    [Theory]
    [InlineData("vek")]
    [InlineData("ask")]
    [InlineData("ark")]
    [InlineData("list")]
    [Trait("Security", "B1")]
    [Trait("Security", "B3")]
    public async Task SnpCertificatesAndList_ABitOfEveryByte_AreRefused(string which)
    {
        var forge = new SnpForge();
        byte[] report = forge.Build();
        SnpTrustAnchor anchor = forge.Pki.Anchor();
        SnpCollateral all = forge.Pki.Collateral() with { RevocationList = forge.Pki.RevocationList() };
        byte[] part = (which switch { "vek" => all.Vek, "ask" => all.Ask, "ark" => all.Ark, _ => all.RevocationList })!.Value.ToArray();

        await RefuseAsync(
            part,
            async changed => (await SnpForge.JudgeAsync(report, anchor, which switch
            {
                "vek" => all with { Vek = changed },
                "ask" => all with { Ask = changed },
                "ark" => all with { Ark = changed },
                _ => all with { RevocationList = changed },
            })).IsAccepted,
            InEveryByte);
    }

    private static Task RefuseQuotesAsync(QuoteForge forge, int step = 1)
    {
        DcapQuoteVerifier verifier = Verifier(forge);
        byte[] quote = forge.Build();
        int chain = quote.AsSpan().IndexOf("-----BEGIN"u8);
        byte[] end = quote[chain..];
        return RefuseAsync(quote[..chain], changed => JudgeAsync(verifier, [.. changed, .. end]), step);
    }

    private static DcapQuoteVerifier Verifier(QuoteForge forge) =>
        new(forge.Pki.Anchor(), new FakeTimeProvider(TestPki.Now), collateral: null, requiresCollateral: false);

    private static async Task<bool> JudgeAsync(DcapQuoteVerifier verifier, byte[] quote)
    {
        var expectation = new QuoteExpectation { ReportData = ReportData.FromBytes(new byte[64]), Package = new PackageProperties() };
        return (await verifier.VerifyAsync(Quote.FromRaw(quote), expectation, TestContext.Current.CancellationToken)).IsAccepted;
    }

    private static Certificate Read(byte[] der) =>
        Certificate.TryParse(der, IntelCertificates.Profile, out Certificate? certificate, out string? fault)
            ? certificate
            : throw new InvalidOperationException(fault);

    private static Task RefuseAsync(byte[] good, Func<byte[], bool> isAccepted) =>
        RefuseAsync(good, changed => Task.FromResult(isAccepted(changed)));

    private static async Task RefuseAsync(byte[] good, Func<byte[], Task<bool>> isAccepted, int step = 1)
    {
        Assert.True(await isAccepted(good));
        var accepted = new ConcurrentBag<int>();
        IEnumerable<int> bits = Enumerable.Range(0, ((good.Length * 8) + step - 1) / step).Select(i => i * step);
        await Parallel.ForEachAsync(bits, TestContext.Current.CancellationToken, async (bit, _) =>
        {
            byte[] changed = [.. good];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            if (await isAccepted(changed))
            {
                accepted.Add(bit);
            }
        });

        Assert.Empty(accepted);
        Assert.True(await isAccepted(good));
    }
}
