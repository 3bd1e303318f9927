using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Creates a certificate from a draft.</summary>
internal static class CertificateSigner
{
    /// <summary>2^63-1 nanoseconds, about 292 years: the lifetime of authorities in MarbleRun 1.9.</summary>
    public static readonly TimeSpan AuthorityLifetime = TimeSpan.FromTicks(long.MaxValue / 100);

    /// <summary>How far in the past validity begins, so that a machine whose clock is behind accepts a new certificate.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>Signs with the issuer's key; the serial number is 128 random bits.</summary>
    public static X509Certificate2 Sign(
        CertificateDraft draft, X500DistinguishedName issuer, ECDsa issuerKey, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var request = new CertificateRequest(draft.Subject, draft.Key, draft.SignatureHash ?? CertificateDrafts.HashFor(issuerKey));
        foreach (X509Extension extension in draft.Extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        Span<byte> serialNumber = stackalloc byte[16];
        RandomNumberGenerator.Fill(serialNumber);
        return request.Create(issuer, X509SignatureGenerator.CreateForECDsa(issuerKey), notBefore, notAfter, serialNumber);
    }
}
