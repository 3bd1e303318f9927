using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation.Dcap;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Attestation.Dcap;

public sealed class DcapTrustAnchorTests
{
    [Fact]
    [Trait("Security", "A2")]
    public void IntelSgx_Embedded_IsTheCertificateThatIntelPublished()
    {
        string published = Path.Combine(Path.GetDirectoryName(AttestationVectors.Case("roots", "x"))!, "intel-sgx-root-ca.der");

        Assert.Equal(File.ReadAllBytes(published), DcapTrustAnchor.IntelSgx.Certificate.ToArray());
    }

    [Fact]
    public void IntelSgx_Embedded_RequiresCollateral()
    {
        Assert.Equal("Intel SGX Root CA", DcapTrustAnchor.IntelSgx.Name);
        Assert.True(DcapTrustAnchor.IntelSgx.RequiresCollateral);
        Assert.Equal(
            "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
            Convert.ToHexStringLower(SHA256.HashData(DcapTrustAnchor.IntelSgx.Certificate.Span)));
    }

    [Fact]
    public void FromCertificate_Root_RequiresCollateral()
    {
        DcapTrustAnchor anchor = new TestPki().Anchor();

        Assert.Equal("Test Root", anchor.Name);
        Assert.True(anchor.RequiresCollateral);
    }

    [Fact]
    [Trait("Security", "B10")]
    public void ForSimulation_OtherRoot_Throws()
    {
        Assert.Throws<ArgumentException>(() => DcapTrustAnchor.ForSimulation(new TestPki().SelfSigned()));
        Assert.Throws<ArgumentException>(() => DcapTrustAnchor.ForSimulation(DcapTrustAnchor.IntelSgx.Certificate.Span));
    }

    [Fact]
    public void FromCertificate_NotSelfSigned_Throws()
    {
        Assert.Throws<ArgumentException>(() => DcapTrustAnchor.FromCertificate(new TestPki().Intermediate()));
    }

    [Fact]
    public void FromCertificate_NoAuthority_Throws()
    {
        var pki = new TestPki();
        pki.Root.IsAuthority = false;
        pki.Root.PathLength = null;

        Assert.Throws<ArgumentException>(() => DcapTrustAnchor.FromCertificate(pki.SelfSigned()));
    }

    [Fact]
    public void FromCertificate_NoCertificate_Throws()
    {
        Assert.Throws<ArgumentException>(() => DcapTrustAnchor.FromCertificate([]));
        Assert.Throws<ArgumentException>(() => DcapTrustAnchor.FromCertificate([0x30, 0x00]));
    }

    [Fact]
    public void ToPem_Root_LoadsAsTheSameCertificate()
    {
        using var certificate = X509Certificate2.CreateFromPem(DcapTrustAnchor.IntelSgx.ToPem());

        Assert.Equal(DcapTrustAnchor.IntelSgx.Certificate.ToArray(), certificate.RawData);
    }
}
