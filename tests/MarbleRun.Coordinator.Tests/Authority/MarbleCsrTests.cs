using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Identity;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Authority;

[Trait("Security", "D1")]
public sealed class MarbleCsrTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _certificate;

    public MarbleCsrTests()
    {
        using X509Certificate2 certificate = new CertificateRequest("CN=tls", _key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _certificate = certificate.RawData;
    }

    public void Dispose() => _key.Dispose();

    [Fact]
    public void ReadNames_KeyOfTheConnection_NeedsNoSecondProof()
    {
        byte[] csr = Create(_key, Dns("web.example"));
        csr[^1] ^= 1;

        Assert.Equal(["web.example"], MarbleCsr.ReadNames(csr, _certificate).DnsNames);
    }

    [Fact]
    public void ReadNames_AnotherKeyWithItsProof_IsTaken()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Equal(["web.example"], MarbleCsr.ReadNames(Create(other, Dns("web.example")), _certificate).DnsNames);
    }

    [Fact]
    public void ReadNames_AnotherKeyWithoutProof_IsRefused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] csr = Create(other, Dns("web.example"));
        csr[^1] ^= 1;

        Assert.Equal("signature over CSR is invalid", Refuse(csr));
    }

    [Fact]
    public void ReadNames_WeakKeys_AreRefused()
    {
        using var shortRsa = RSA.Create(1024);
        using var shortCurve = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.33"));
        CertificateRequest rsa = new("CN=x", shortRsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        Assert.Contains(
            "neither RSA of at least 2048 bits nor ECDSA of at least 256", Refuse(rsa.CreateSigningRequest()), StringComparison.Ordinal);
        Assert.Contains(
            "neither RSA of at least 2048 bits nor ECDSA of at least 256", Refuse(Create(shortCurve, Dns("a"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("w*.example")]
    [InlineData("*.*")]
    [InlineData("a\0b")]
    [InlineData("größe")]
    [InlineData("10.0.0.7")]
    [InlineData("a/b")]
    public void ReadNames_ImpossibleName_IsRefused(string name) =>
        Assert.StartsWith("parsing CSR: ", Refuse(Create(_key, Dns(name))), StringComparison.Ordinal);

    [Fact]
    public void ReadNames_MappedAddress_IsRefused() =>
        Assert.Contains(
            "an IPv4 address in IPv6", Refuse(Create(_key, Address(IPAddress.Parse("::ffff:10.0.0.7")))), StringComparison.Ordinal);

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    [InlineData(1000, false)]
    public void ReadNames_ManyNames_AreTakenUpToAHundred(int count, bool isTaken)
    {
        byte[] csr = Create(_key, [.. Enumerable.Range(0, count).SelectMany(i => Dns($"n{i}"))]);

        if (isTaken)
        {
            Assert.Equal(count, MarbleCsr.ReadNames(csr, _certificate).DnsNames.Count);
        }
        else
        {
            Assert.Contains($"{count} names; at most 100", Refuse(csr), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ReadNames_NamesGivenTwice_StandOnce()
    {
        CertificateNames names = MarbleCsr.ReadNames(
            Create(
                _key,
                [.. Dns("web"), .. Dns("WEB"), .. Dns("*.web"), .. Address(IPAddress.IPv6Loopback), .. Address(IPAddress.IPv6Loopback)]),
            _certificate);

        Assert.Equal(["web", "*.web"], names.DnsNames);
        Assert.Equal([IPAddress.IPv6Loopback], names.IPAddresses);
    }

    [Fact]
    [Case("marble-api", "Wire: organisation, e-mail and URI in the request")]
    public void ReadNames_SubjectAndOtherExtensions_AreNotTaken()
    {
        var request = new CertificateRequest("CN=admin, O=evil", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509Extension(MarblePeer.TypeOid, "admin"u8, critical: false));

        CertificateNames names = MarbleCsr.ReadNames(request.CreateSigningRequest(), _certificate);

        Assert.Empty(names.DnsNames);
        Assert.Empty(names.IPAddresses);
    }

    private string Refuse(byte[] csr) => Assert.Throws<CsrException>(() => MarbleCsr.ReadNames(csr, _certificate)).Message;

    private static byte[] Create(ECDsa key, byte[] names)
    {
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            for (ReadOnlyMemory<byte> rest = names; !rest.IsEmpty;)
            {
                AsnDecoder.ReadEncodedValue(rest.Span, AsnEncodingRules.DER, out _, out _, out int length);
                writer.WriteEncodedValue(rest.Span[..length]);
                rest = rest[length..];
            }
        }

        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", writer.Encode(), critical: false));
        return request.CreateSigningRequest();
    }

    private static byte[] Dns(string name) => Entry(2, Encoding.Latin1.GetBytes(name));

    private static byte[] Address(IPAddress address) => Entry(7, address.GetAddressBytes());

    private static byte[] Entry(int tag, byte[] value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteOctetString(value, new Asn1Tag(TagClass.ContextSpecific, tag));
        return writer.Encode();
    }
}
