using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Tests.Attestation.X509;

public sealed class PemCertificatesTests
{
    // Two bytes: four characters of base64, one of them padding with two unused bits before it.
    private const string Pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    [Theory]
    [InlineData(Pem)]
    [InlineData(Pem + "\0")]
    [InlineData(Pem + "\n\0\0\0")]
    [InlineData("-----BEGIN CERTIFICATE-----\r\nMAA=\r\n-----END CERTIFICATE-----\r\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMA\nA=\n-----END CERTIFICATE-----")]
    public void TryRead_OneCertificate_IsRead(string pem)
    {
        Assert.True(PemCertificates.TryRead(Encoding.ASCII.GetBytes(pem), out List<byte[]> certificates, out _));
        Assert.Equal<byte>([0x30, 0x00], Assert.Single(certificates));
    }

    [Fact]
    public void TryRead_SeveralCertificates_KeepsOrder()
    {
        string other = Pem.Replace("MAA=", "AQI=", StringComparison.Ordinal);

        Assert.True(
            PemCertificates.TryRead(Encoding.ASCII.GetBytes(Pem + other + Pem.TrimEnd() + other), out List<byte[]> certificates, out _));
        Assert.Equal(["3000", "0102", "3000", "0102"], certificates.Select(Convert.ToHexString));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("MAA=")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAA=\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAA=-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----MAA=\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAB=\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nM AA=\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAA=\t\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nM_A=\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n")]
    [InlineData("# comment\n" + Pem)]
    [InlineData(Pem + "x")]
    [InlineData(Pem + " " + Pem)]
    [InlineData(Pem + "\0" + Pem)]
    [Trait("Security", "A18")]
    public void TryRead_AnythingElse_IsMalformed(string pem)
    {
        Assert.False(PemCertificates.TryRead(Encoding.ASCII.GetBytes(pem), out _, out CheckFailure? failure));
        Assert.Equal(VerdictReason.Malformed, failure.Reason);
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----END CERTIFICATE-----")]
    [InlineData("-----BEGIN CERTIFICATE----------END CERTIFICATE-----")]
    [InlineData("-----END CERTIFICATE-----BEGIN CERTIFICATE-----")]
    [Trait("Security", "G3")]
    public void TryRead_LabelsThatShareDashes_AreRefused(string pem)
    {
        Assert.False(PemCertificates.TryRead(Encoding.ASCII.GetBytes(pem), out _, out CheckFailure? failure));
        Assert.NotNull(failure);
    }

    [Fact]
    [Trait("Security", "A18")]
    public void TryRead_TooManyCertificates_IsMalformed()
    {
        string many = string.Concat(Enumerable.Repeat(Pem, 9));

        Assert.False(PemCertificates.TryRead(Encoding.ASCII.GetBytes(many), out _, out _));
    }
}
