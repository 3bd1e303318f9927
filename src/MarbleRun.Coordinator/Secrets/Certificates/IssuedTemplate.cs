using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>A certificate as template of another: its subject, its end and those of its extensions that templates can name.</summary>
internal static class IssuedTemplate
{
    private const string SubjectAlternativeNameOid = "2.5.29.17";

    /// <summary>Usages, constraints, authority information, names, policies and revocation lists; keys have identifiers of their own.</summary>
    private static readonly string[] s_copied =
        ["2.5.29.15", "2.5.29.37", "2.5.29.19", "1.3.6.1.5.5.7.1.1", SubjectAlternativeNameOid, "2.5.29.32", "2.5.29.30", "2.5.29.31"];

    /// <exception cref="CertificateTemplateException">It is no certificate.</exception>
    public static CertificateTemplate Read(byte[] der)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            ImmutableArray<ExtraExtension> copied =
                [.. certificate.Extensions.Where(e => s_copied.Contains(e.Oid!.Value)).Select(e => new ExtraExtension(e.Oid!.Value!, e.Critical, e.RawData))];
            if (copied.Select(e => e.Oid).Distinct().Count() != copied.Length)
            {
                throw new CertificateTemplateException("x509: certificate contains duplicate extensions");
            }

            return CertificateTemplate.Default with
            {
                RawSubject = certificate.SubjectName.RawData,
                NotAfter = certificate.NotAfter.ToUniversalTime(),
                IsAuthority = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(c => c.CertificateAuthority),
                ExtraExtensions = copied,
            };
        }
        catch (CryptographicException exception)
        {
            throw new CertificateTemplateException("x509: malformed certificate", exception);
        }
    }
}
