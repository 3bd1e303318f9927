using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Tests.Attestation.Dcap;

public sealed class CertificateTests
{
    private readonly TestPki _pki = new();

    [Fact]
    public void TryParse_Certificate_ReadsWhatThePlatformReads()
    {
        byte[] der = _pki.Leaf();
        using X509Certificate2 reference = X509CertificateLoader.LoadCertificate(der);

        Certificate certificate = Parse(der);

        Assert.Equal(reference.SerialNumberBytes.ToArray(), certificate.SerialNumber.ToArray());
        Assert.Equal(reference.SubjectName.RawData, certificate.Subject.ToArray());
        Assert.Equal(reference.IssuerName.RawData, certificate.Issuer.ToArray());
        Assert.Equal(reference.NotBefore.ToUniversalTime(), certificate.NotBefore.UtcDateTime);
        Assert.Equal(reference.NotAfter.ToUniversalTime(), certificate.NotAfter.UtcDateTime);
        Assert.Equal(reference.GetPublicKey()[1..], certificate.PublicKey.ToArray());
        Assert.Equal("Test PCK", certificate.SubjectText);
        Assert.Equal("Test PCK CA", certificate.IssuerText);
    }

    [Fact]
    public void TryParse_CertificateBeyond2049_ReadsGeneralizedTime()
    {
        _pki.Root.NotAfter = new DateTimeOffset(2080, 2, 3, 4, 5, 6, TimeSpan.Zero);

        Assert.Equal(_pki.Root.NotAfter, Parse(_pki.SelfSigned()).NotAfter);
    }

    [Fact]
    [Trait("Security", "A18")]
    public void TryParse_EveryTruncation_IsRefused()
    {
        byte[] der = _pki.Leaf();
        for (int length = 0; length < der.Length; length++)
        {
            Assert.False(Certificate.TryParse(der.AsMemory(0, length), IntelCertificates.Profile, out _, out _), $"length {length}");
        }
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_BytesAfterCertificate_IsRefused()
    {
        Assert.False(Certificate.TryParse((byte[])[.. _pki.Leaf(), 0], IntelCertificates.Profile, out _, out _));
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_IndefiniteLength_IsRefused()
    {
        byte[] der = _pki.Leaf();
        byte[] ber = [0x30, 0x80, .. der.AsSpan(4), 0, 0];

        Assert.Equal(0x82, der[1]);
        Assert.False(Certificate.TryParse(ber, IntelCertificates.Profile, out _, out _));
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_LengthNotInShortestForm_IsRefused()
    {
        byte[] der = _pki.Leaf();
        byte[] ber = [0x30, 0x83, 0, .. der.AsSpan(2)];

        Assert.False(Certificate.TryParse(ber, IntelCertificates.Profile, out _, out _));
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_NegativeSerialNumber_IsRefused()
    {
        AssertFault(Tampered([0x02, 0x02, 0x11, 0x22], [0x02, 0x02, 0x91, 0x22]), "serial number");
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_SerialNumberOfMoreThan20Bytes_IsRefused()
    {
        _pki.Pck.SerialNumber = [1, .. new byte[20]];

        AssertFault(_pki.Leaf(), "serial number");
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_ExtensionTwice_IsRefused()
    {
        _pki.Pck.MoreExtensions.Add(new X509Extension("1.2.3.4.6", [5, 0], false));
        _pki.Pck.MoreExtensions.Add(new X509Extension("1.2.3.4.7", [5, 0], false));
        byte[] der = Replace(_pki.Leaf(), [0x06, 0x04, 0x2a, 0x03, 0x04, 0x07], [0x06, 0x04, 0x2a, 0x03, 0x04, 0x06]);

        AssertFault(der, "occurs twice");
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_CriticalExtensionNotKnown_IsRefused()
    {
        _pki.Pck.MoreExtensions.Add(new X509Extension("1.2.3.4", [5, 0], true));

        AssertFault(_pki.Leaf(), "1.2.3.4 is critical");
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_ExtensionNotKnown_IsPassedOverUnlessItIsLarge()
    {
        _pki.Pck.MoreExtensions.Add(new X509Extension("1.2.3.4", new byte[4096], false));
        Assert.Equal("Test PCK", Parse(_pki.Leaf()).SubjectText);

        _pki.Pck.MoreExtensions.Add(new X509Extension("1.2.3.5", new byte[10_000_000], false));
        AssertFault(_pki.Leaf(), "The certificate has more than 8192 bytes.");
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_DeepNesting_IsRefusedWithoutRecursion()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        byte[] nested = [0x30, 0x00];
        for (int i = 0; i < 5000; i++)
        {
            writer.Reset();
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(nested);
            }

            nested = writer.Encode();
        }

        Assert.False(Certificate.TryParse(nested, IntelCertificates.Profile, out _, out _));
    }

    [Fact]
    [Trait("Security", "A19")]
    public void TryParse_RandomChanges_NeverThrows()
    {
        byte[] certificate = _pki.Leaf();
        byte[] extension = TestPki.SgxExtension();
        byte[] list = TestPki.RevocationList("CN=Test Root", _pki.RootKey, [1, 2, 3]);
        var random = new Random(20260602);
        int readable = 0;
        for (int i = 0; i < 20_000; i++)
        {
            readable += Certificate.TryParse(Change(random, certificate), IntelCertificates.Profile, out Certificate? parsed, out _)
                && parsed.SubjectText.Length > 0
                ? 1
                : 0;
            readable += PckExtension.TryParse(Change(random, extension), out _, out _) ? 1 : 0;
            readable += RevocationList.TryParse(Change(random, list), IntelCertificates.Profile, out _, out _) ? 1 : 0;
        }

        Assert.InRange(readable, 1, 59_999);
    }

    [Fact]
    public void TryParse_OtherCurve_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        AssertFault(_pki.Root.Issue(key, "CN=Test Root", _pki.RootKey), "P-256");
    }

    [Fact]
    public void TryParse_OtherSignatureAlgorithm_IsRefused()
    {
        using var rsa = RSA.Create(2048);
        using X509Certificate2 certificate = new CertificateRequest("CN=RSA", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TestPki.Now, TestPki.Now.AddDays(1));

        AssertFault(certificate.RawData, "ecdsa-with-SHA256");
    }

    [Fact]
    public void SubjectText_ControlCharacters_AreReplaced()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, "a\n\u001b[31mé" + new string('x', 200));
        }

        string text = DerName.CommonName(writer.Encode());

        Assert.StartsWith("a??[31m?xxx", text, StringComparison.Ordinal);
        Assert.Equal(64, text.Length);
    }

    private static Certificate Parse(byte[] der)
    {
        Assert.True(Certificate.TryParse(der, IntelCertificates.Profile, out Certificate? certificate, out string? fault), fault);
        return certificate;
    }

    private static void AssertFault(byte[] der, string words)
    {
        Assert.False(Certificate.TryParse(der, IntelCertificates.Profile, out _, out string? fault));
        Assert.Contains(words, fault, StringComparison.Ordinal);
    }

    private byte[] Tampered(byte[] from, byte[] to)
    {
        _pki.Pck.SerialNumber = from[2..];
        return Replace(_pki.Leaf(), from, to);
    }

    private static byte[] Change(Random random, byte[] der)
    {
        byte[] changed = [.. der];
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
        }

        return changed;
    }

    private static byte[] Replace(byte[] der, byte[] from, byte[] to)
    {
        int at = der.AsSpan().IndexOf(from);
        Assert.True(at >= 0);
        to.CopyTo(der, at);
        return der;
    }
}
