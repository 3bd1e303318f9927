using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>What a certificate of a <see cref="TestPki"/> says.</summary>
internal sealed class TestCertificate(string name)
{
    public string Name { get; set; } = name;

    public byte[] SerialNumber { get; set; } = [0x11, .. RandomNumberGenerator.GetBytes(10)];

    public bool IsAuthority { get; set; }

    public int? PathLength { get; set; }

    public X509KeyUsageFlags? KeyUsage { get; set; }

    public byte[]? Sgx { get; set; }

    public DateTimeOffset NotBefore { get; set; } = TestPki.Now.AddYears(-1);

    public DateTimeOffset NotAfter { get; set; } = TestPki.Now.AddYears(5);

    public List<X509Extension> MoreExtensions { get; } = [];

    public byte[] Issue(ECDsa key, string issuer, ECDsa issuerKey)
    {
        var request = new CertificateRequest(Name, key, HashAlgorithmName.SHA256);
        X509KeyUsageFlags usage = KeyUsage
            ?? (IsAuthority ? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign : X509KeyUsageFlags.DigitalSignature);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(IsAuthority, PathLength is not null, PathLength ?? 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        if (Sgx is not null)
        {
            request.CertificateExtensions.Add(new X509Extension("1.2.840.113741.1.13.1", Sgx, false));
        }

        foreach (X509Extension extension in MoreExtensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        using X509Certificate2 certificate = request.Create(
            new X500DistinguishedName(issuer), X509SignatureGenerator.CreateForECDsa(issuerKey), NotBefore, NotAfter, SerialNumber);
        return certificate.RawData;
    }
}
