using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Turns a template into a certificate.</summary>
internal static class CertificateSigner
{
    /// <summary>2^63-1 nanoseconds, about 292 years: what MarbleRun 1.9 gives its authorities.</summary>
    public static readonly TimeSpan AuthorityLifetime = TimeSpan.FromTicks(long.MaxValue / 100);

    /// <summary>How far back validity begins, so that a machine whose clock is behind takes a certificate that was just made.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>Signs with the issuer's key; the serial number is 128 random bits.</summary>
    public static X509Certificate2 Sign(
        CertificateRequest request, X500DistinguishedName issuer, ECDsa issuerKey, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        Span<byte> serialNumber = stackalloc byte[16];
        RandomNumberGenerator.Fill(serialNumber);
        var generator = X509SignatureGenerator.CreateForECDsa(issuerKey);

        // The request was made with the subject's hash; the issuer's curve decides the signature's.
        var template = new CertificateRequest(request.SubjectName, request.PublicKey, CertificateTemplates.HashFor(issuerKey));
        foreach (X509Extension extension in request.CertificateExtensions)
        {
            template.CertificateExtensions.Add(extension);
        }

        return template.Create(issuer, generator, notBefore, notAfter, serialNumber);
    }
}
