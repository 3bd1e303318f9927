using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>What is kept of platforms: only chains that passed, by their exact bytes, and never more than a few.</summary>
public sealed class PckChainCacheTests
{
    private const int HostileChains = 10_000;

    private readonly PckChainCache _cache = new();
    private readonly QuoteForge _forge = new();

    [Fact]
    public void Find_KeptChain_IsFoundByItsExactBytesAlone()
    {
        byte[] pem = Encoding.ASCII.GetBytes(_forge.Pki.Chain());
        PckChain chain = Read(pem);

        _cache.Keep(pem, chain);

        Assert.Same(chain, _cache.Find(pem));
        Assert.Null(_cache.Find([.. pem, 0]));
        Assert.Null(_cache.Find(pem.AsSpan(0, pem.Length - 1)));
        for (int i = 0; i < pem.Length; i++)
        {
            pem[i] ^= 1;
            Assert.Null(_cache.Find(pem));
            pem[i] ^= 1;
        }
    }

    [Fact]
    public void Keep_BytesThatChangeAfterwards_StayAsTheyWere()
    {
        byte[] pem = Encoding.ASCII.GetBytes(_forge.Pki.Chain());
        byte[] given = [.. pem];
        _cache.Keep(given, Read(pem));

        given.AsSpan().Clear();

        Assert.NotNull(_cache.Find(pem));
        Assert.Null(_cache.Find(given));
    }

    [Fact]
    public void Keep_TenThousandWritingsOfAGoodChain_StaysBoundedAndKeepsTheNewest()
    {
        byte[] pem = Encoding.ASCII.GetBytes(_forge.Pki.Chain());
        PckChain chain = Read(pem);
        byte[] newest = [];
        for (int i = 0; i < HostileChains; i++)
        {
            newest = [.. pem, .. BitConverter.GetBytes(i)];
            _cache.Keep(newest, chain);
            Assert.Same(chain, _cache.Find(newest));
        }

        Assert.Equal(PckChainCache.Capacity, _cache.Count);
    }

    [Fact]
    public void Keep_LongWritingOfAGoodChain_IsNotKept()
    {
        byte[] pem = Encoding.ASCII.GetBytes(_forge.Pki.Chain());
        byte[] padded = [.. pem, .. new byte[PckChainCache.LongestChain + 1 - pem.Length]];

        _cache.Keep(padded, Read(pem));
        _cache.Keep(padded.AsSpan(1), Read(pem));

        Assert.Null(_cache.Find(padded));
        Assert.Equal(1, _cache.Count);
    }

    [Fact]
    public void Judge_QuotesThatPass_KeepTheirChainOnce()
    {
        _forge.CertificationData = Encoding.ASCII.GetBytes(_forge.Pki.Chain());
        byte[] quote = _forge.Build();
        DcapTrustAnchor anchor = _forge.Pki.Anchor();

        Assert.Null(Judge(quote, anchor));
        Assert.Null(Judge(quote, anchor));
        Assert.Equal(1, _cache.Count);
    }

    public static TheoryData<string> Refusals => ["root", "path", "authority", "pck", "qe signature", "binding", "quote signature"];

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Judge_QuotesThatAreRefused_LeaveNoChain(string what)
    {
        DcapTrustAnchor anchor = _forge.Pki.Anchor();
        using var outsider = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        switch (what)
        {
            case "root":
                anchor = new TestPki().Anchor();
                break;
            case "path":
                byte[] foreign = _forge.Pki.Pck.Issue(_forge.Pki.PckKey, _forge.Pki.Authority.Name, outsider);
                _forge.CertificationData = Encoding.ASCII.GetBytes(
                    TestPki.Pem(foreign) + TestPki.Pem(_forge.Pki.Intermediate()) + TestPki.Pem(_forge.Pki.SelfSigned()));
                break;
            case "authority":
                _forge.Pki.Authority.IsAuthority = false;
                break;
            case "pck":
                _forge.Pki.Pck.Sgx = null;
                break;
            case "qe signature":
                _forge.OtherQeSigner = outsider;
                break;
            case "binding":
                _forge.QeReportData = new byte[32];
                break;
            default:
                _forge.OtherSigner = outsider;
                break;
        }

        Assert.NotNull(Judge(_forge.Build(), anchor));
        Assert.Equal(0, _cache.Count);
    }

    private static PckChain Read(byte[] pem)
    {
        Assert.True(PckChain.TryReadPem(pem, out PckChain? chain, out CheckFailure? failure), failure?.Found);
        return chain;
    }

    private Verdict? Judge(byte[] quote, DcapTrustAnchor anchor)
    {
        var expectation = new QuoteExpectation { ReportData = ReportData.FromBytes(new byte[64]), Package = new PackageProperties() };
        DcapContext context =
            new DcapContext(anchor, new EvaluationNumbers(), RequiresCollateral: false, AsksSource: false, expectation).Read(quote);
        return new DcapVerification(context, _cache).JudgeEvidence(given: null, chainFault: null, TestPki.Now);
    }
}
