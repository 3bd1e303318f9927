using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Tests.Attestation.Snp;

[Trait("Security", "A19")]
public sealed class SnpCertificateTests
{
    private readonly SnpForge _forge = new();

    private SnpTestPki Pki => _forge.Pki;

    [Fact]
    public void TryParse_Certificates_ReadsWhatThePlatformReads()
    {
        foreach (byte[] der in (byte[][])[Pki.VekDer(), Pki.AskDer(), Pki.ArkDer()])
        {
            using X509Certificate2 reference = X509CertificateLoader.LoadCertificate(der);

            Certificate certificate = Parse(der);

            Assert.Equal(reference.SerialNumberBytes.ToArray(), certificate.SerialNumber.ToArray());
            Assert.Equal(reference.SubjectName.RawData, certificate.Subject.ToArray());
            Assert.Equal(reference.IssuerName.RawData, certificate.Issuer.ToArray());
            Assert.Equal(reference.NotBefore.ToUniversalTime(), certificate.NotBefore.UtcDateTime);
            Assert.Equal(reference.NotAfter.ToUniversalTime(), certificate.NotAfter.UtcDateTime);
            using RSA? rsa = reference.GetRSAPublicKey();
            Assert.Equal(rsa?.ExportParameters(false).Modulus ?? reference.GetPublicKey()[1..], certificate.PublicKey.ToArray());
        }
    }

    [Fact]
    public void TryParse_EveryTruncation_IsRefused()
    {
        byte[] der = Pki.VekDer();
        for (int length = 0; length < der.Length; length++)
        {
            Assert.False(Certificate.TryParse(der.AsMemory(0, length), AmdCertificates.Profile, out _, out _), $"length {length}");
        }

        Assert.False(Certificate.TryParse((byte[])[.. der, 0], AmdCertificates.Profile, out _, out _));
    }

    [Fact]
    public async Task Verify_EveryByteOfVekChanged_IsRefused()
    {
        byte[] report = _forge.Build();
        SnpTrustAnchor anchor = Pki.Anchor();
        SnpCollateral collateral = Pki.Collateral();
        byte[] vek = Pki.VekDer();
        for (int i = 0; i < vek.Length; i++)
        {
            byte[] changed = [.. vek];
            changed[i] ^= 1;

            Assert.False((await SnpForge.JudgeAsync(report, anchor, collateral with { Vek = changed })).IsAccepted, $"VEK, byte {i}");
        }
    }

    [Fact]
    public async Task Verify_RandomChangesOfCertificates_NeverThrows()
    {
        byte[] report = _forge.Build();
        SnpTrustAnchor anchor = Pki.Anchor();
        SnpCollateral genuine = Pki.Collateral() with { RevocationList = Pki.RevocationList([5]) };
        var random = new Random(20260612);
        var reasons = new HashSet<VerdictReason>();
        for (int i = 0; i < 4000; i++)
        {
            SnpCollateral collateral = (i % 4) switch
            {
                0 => genuine with { Vek = Change(random, genuine.Vek!.Value) },
                1 => genuine with { Ask = Change(random, genuine.Ask!.Value) },
                2 => genuine with { Ark = Change(random, genuine.Ark!.Value) },
                _ => genuine with { RevocationList = Change(random, genuine.RevocationList!.Value) },
            };

            reasons.Add((await SnpForge.JudgeAsync(report, anchor, collateral)).Reason);
        }

        Assert.DoesNotContain(VerdictReason.Accepted, reasons);
        Assert.Contains(VerdictReason.Malformed, reasons);
        Assert.Contains(VerdictReason.ChainUntrusted, reasons);
    }

    [Theory]
    [InlineData("PKCS #1 padding")]
    [InlineData("SHA-256")]
    [InlineData("RSA 2048")]
    [InlineData("P-256")]
    public void TryParse_OtherAlgorithm_IsRefused(string what)
    {
        using var small = RSA.Create(2048);
        using var otherCurve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] der = what switch
        {
            "PKCS #1 padding" => Pki.Vek.Issue(new PublicKey(Pki.VekKey), Pki.Ask.Name, Pki.AskKey, RSASignaturePadding.Pkcs1),
            "SHA-256" => Pki.Vek.Issue(new PublicKey(Pki.VekKey), Pki.Ask.Name, Pki.AskKey, hash: HashAlgorithmName.SHA256),
            "RSA 2048" => Pki.Vek.Issue(new PublicKey(small), Pki.Ask.Name, Pki.AskKey),
            _ => Pki.Vek.Issue(new PublicKey(otherCurve), Pki.Ask.Name, Pki.AskKey),
        };

        Assert.False(Certificate.TryParse(der, AmdCertificates.Profile, out _, out string? fault));
        Assert.Contains(what is "PKCS #1 padding" or "SHA-256" ? "RSASSA-PSS" : "P-384", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".1")]
    [InlineData(".2")]
    [InlineData(".3.1")]
    [InlineData(".3.2")]
    [InlineData(".3.3")]
    [InlineData(".3.4")]
    [InlineData(".3.8")]
    [InlineData(".4")]
    [Trait("Security", "B1")]
    public async Task Verify_VekExtensionMissing_IsUntrusted(string suffix)
    {
        Pki.Vek.Extensions.Remove(SnpTestPki.Oid + suffix);

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "chain.vek", VerdictReason.ChainUntrusted);
    }

    [Theory]
    [InlineData(".1", "020101")]
    [InlineData(".1", "0201")]
    [InlineData(".2", "160547656e6f62")]
    [InlineData(".2", "0c0547656e6f61")]
    [InlineData(".2", "1600")]
    [InlineData(".3.1", "02020100")]
    [InlineData(".3.1", "0201ff")]
    [InlineData(".3.1", "020a0a")]
    [InlineData(".3.1", "")]
    [InlineData(".3.9", "020100")]
    [InlineData(".4", "00")]
    [InlineData(".4", "0408000000000000000000")]
    [InlineData(".5", "16054d696c616e")]
    [Trait("Security", "B1")]
    public async Task Verify_VekExtensionWrong_IsUntrusted(string suffix, string hex)
    {
        Pki.Set(suffix, Convert.FromHexString(hex));

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "chain.vek", VerdictReason.ChainUntrusted);
    }

    [Fact]
    public async Task Verify_HardwareIdInOctetString_IsAccepted()
    {
        Pki.Set(".4", [0x04, 0x40, .. Pki.HardwareId, .. new byte[56]]);

        Verdict verdict = await _forge.JudgeAsync();

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Fact]
    public async Task Verify_CriticalExtensionNotKnown_IsMalformed()
    {
        Pki.Vek.Extensions["1.2.3.4"] = new X509Extension("1.2.3.4", [5, 0], true);

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "chain.structure", VerdictReason.Malformed);
    }

    [Fact]
    public void FromCertificate_NotARoot_IsRefusedWithTheReason()
    {
        Assert.Contains("self-signed", Fault(Pki.AskDer()), StringComparison.Ordinal);
        Assert.Contains("RSA 4096", Fault([1, 2, 3]), StringComparison.Ordinal);
        Pki.Ark.Name = "CN=ARK-Rome";
        Assert.Contains("ARK-Milan", Fault(Pki.ArkDer()), StringComparison.Ordinal);
        Pki.Ark.Name = "CN=ARK-Milan";
        Pki.Ark.IsAuthority = false;
        Assert.Contains("self-signed CA", Fault(Pki.ArkDer()), StringComparison.Ordinal);
    }

    [Fact]
    public void Amd_Roots_AreThoseOfTheThreeProductLines()
    {
        Assert.Equal([SnpProductLine.Milan, SnpProductLine.Genoa, SnpProductLine.Turin], SnpTrustAnchor.Amd.ProductLines);
        string[] expected =
        [
            "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
            "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
            "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
        ];
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(SnpTrustAnchor.Amd.ToPem());
        Assert.Equal(expected, certificates.Select(c => Convert.ToHexStringLower(c.GetCertHash(HashAlgorithmName.SHA256))));
        Assert.Equal("AMD", SnpTrustAnchor.Amd.ToString());
        Assert.Equal("ARK-Turin", SnpTrustAnchor.Turin.Name);
    }

    private static string Fault(byte[] der) =>
        Assert.Throws<ArgumentException>("certificate", () => SnpTrustAnchor.FromCertificate(der)).Message;

    private static Certificate Parse(byte[] der)
    {
        Assert.True(Certificate.TryParse(der, AmdCertificates.Profile, out Certificate? certificate, out string? fault), fault);
        return certificate;
    }

    private static byte[] Change(Random random, ReadOnlyMemory<byte> der)
    {
        byte[] changed = der.ToArray();
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            changed[random.Next(changed.Length)] ^= (byte)random.Next(1, 256);
        }

        return changed;
    }
}
