using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Creates a certificate from a template.</summary>
internal static class CertificateSigner
{
    /// <summary>2^63-1 nanoseconds, about 292 years: the lifetime of authorities in MarbleRun 1.9.</summary>
    public static readonly TimeSpan AuthorityLifetime = TimeSpan.FromTicks(long.MaxValue / 100);

    /// <summary>How far in the past validity begins, so that a machine whose clock is behind accepts a new certificate.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>Signs a request. The request has the hash of its own key, but the issuer's curve determines the hash of the
    /// signature.</summary>
    public static X509Certificate2 Sign(
        CertificateRequest request, X500DistinguishedName issuer, ECDsa issuerKey, DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        Sign(
            request.SubjectName,
            request.PublicKey,
            request.CertificateExtensions,
            CertificateTemplates.HashFor(issuerKey),
            issuer,
            issuerKey,
            notBefore,
            notAfter);

    /// <summary>Signs with the issuer's key; the serial number is 128 random bits.</summary>
    public static X509Certificate2 Sign(
        X500DistinguishedName subject,
        PublicKey publicKey,
        IEnumerable<X509Extension> extensions,
        HashAlgorithmName hash,
        X500DistinguishedName issuer,
        ECDsa issuerKey,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter)
    {
        var template = new CertificateRequest(subject, publicKey, hash);
        foreach (X509Extension extension in extensions)
        {
            template.CertificateExtensions.Add(extension);
        }

        Span<byte> serialNumber = stackalloc byte[16];
        RandomNumberGenerator.Fill(serialNumber);
        return template.Create(issuer, X509SignatureGenerator.CreateForECDsa(issuerKey), notBefore, notAfter, serialNumber);
    }
}
