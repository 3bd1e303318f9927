using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.TestSupport.Snp;

/// <summary>What a certificate of a <see cref="SnpTestPki"/> says.</summary>
public sealed class SnpTestCertificate(string name)
{
    public string Name { get; set; } = name;

    public byte[] SerialNumber { get; set; } = [0x01, 0x02];

    public bool IsAuthority { get; set; }

    public int? PathLength { get; set; }

    public X509KeyUsageFlags? KeyUsage { get; set; }

    public DateTimeOffset NotBefore { get; set; } = SnpTestPki.Now.AddYears(-1);

    public DateTimeOffset NotAfter { get; set; } = SnpTestPki.Now.AddYears(5);

    /// <summary>By object identifier, so that a test can replace or remove one.</summary>
    public Dictionary<string, X509Extension> Extensions { get; } = [];

    public byte[] Issue(PublicKey key, string issuer, RSA issuerKey, RSASignaturePadding? padding = null, HashAlgorithmName? hash = null)
    {
        var request = new CertificateRequest(new X500DistinguishedName(Name), key, hash ?? HashAlgorithmName.SHA384);
        if (IsAuthority)
        {
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, PathLength is not null, PathLength ?? 0, true));
        }

        if (KeyUsage is { } usage)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        }

        foreach (X509Extension extension in Extensions.Values)
        {
            request.CertificateExtensions.Add(extension);
        }

        var signer = X509SignatureGenerator.CreateForRSA(issuerKey, padding ?? RSASignaturePadding.Pss);
        using X509Certificate2 certificate = request.Create(new X500DistinguishedName(issuer), signer, NotBefore, NotAfter, SerialNumber);
        return certificate.RawData;
    }
}
