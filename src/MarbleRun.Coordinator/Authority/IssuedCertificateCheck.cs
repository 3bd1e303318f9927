using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Checks a new Marble certificate before it is sent, so that an error in the template cannot result in a wrong
/// certificate.</summary>
internal static class IssuedCertificateCheck
{
    /// <exception cref="CryptographicException">The certificate is not valid for a Marble of this name and type.</exception>
    public static void Demand(X509Certificate2 leaf, X509Certificate2 issuer, Guid uuid, string marbleType)
    {
        Demand(
            leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single() is { CertificateAuthority: false, Critical: true },
            "it is a certificate authority");
        Demand(
            leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages
                == (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement),
            "its key usage is not digitalSignature and keyAgreement");
        Demand(
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Count == 2,
            "its extended key usage is not serverAuth and clientAuth");
        Demand(leaf.NotAfter <= issuer.NotAfter && leaf.NotBefore >= issuer.NotBefore, "its validity is not within its issuer's");
        Demand(leaf.Subject == $"CN={uuid:D}", "its subject is not the UUID");
        Demand(leaf.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData), "its issuer is not the Marble root");
        Demand(
            leaf.Extensions[CertificateTemplates.MarbleTypeOid]?.RawData.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(marbleType)) == true,
            "its Marble type is missing");
    }

    private static void Demand(bool holds, string fault)
    {
        if (!holds)
        {
            throw new CryptographicException($"The certificate that the Coordinator issued is wrong and was discarded: {fault}.");
        }
    }
}
