using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.X509;

/// <summary>
/// The steps of path validation (RFC 5280, 6.1) that the chains of platforms and of collateral have in common. Names are compared byte by
/// byte.
/// </summary>
internal static class CertificatePath
{
    /// <summary>Reads a chain, PEM.</summary>
    public static bool TryReadPem(
        ReadOnlySpan<byte> pem,
        CertificateProfile profile,
        [NotNullWhen(true)] out List<Certificate>? certificates,
        [NotNullWhen(false)] out CheckFailure? failure)
    {
        certificates = null;
        if (!PemCertificates.TryRead(pem, out List<byte[]> encoded, out failure))
        {
            return false;
        }

        var read = new List<Certificate>(encoded.Count);
        foreach (byte[] der in encoded)
        {
            if (!Certificate.TryParse(der, profile, out Certificate? certificate, out string? fault))
            {
                failure = CheckFailure.Malformed(
                    $"X.509 v3 certificates, DER, {profile.CertificateForm}", $"certificate {read.Count + 1}: {fault}");
                return false;
            }

            read.Add(certificate);
        }

        certificates = read;
        return true;
    }

    /// <summary>
    /// Null if the certificate is the trusted root, or another certificate of the same name and key that is signed with it.
    /// </summary>
    /// <param name="root">Any certificate.</param>
    /// <param name="trusted">The trusted root.</param>
    /// <param name="remedy">What to do if it is another root; null for the rule's remedy.</param>
    public static CheckFailure? CheckRoot(Certificate root, Certificate trusted, string? remedy = null)
    {
        if (root.Der.Span.SequenceEqual(trusted.Der.Span))
        {
            // Its own signature was checked when it became an anchor.
            return null;
        }

        bool sameName = root.Subject.Span.SequenceEqual(trusted.Subject.Span);
        bool sameKey = root.PublicKey.Span.SequenceEqual(trusted.PublicKey.Span);
        if (sameName && sameKey)
        {
            return IsSelfIssued(root) && root.IsSignedBy(root.PublicKey)
                ? null
                : CheckFailure.Untrusted(
                    $"the root {trusted.SubjectText}, signed by itself", "the root's name and key, but another signature");
        }

        string found = sameName ? "a root of that name with another key" : $"the root {root.SubjectText}";
        return CheckFailure.Untrusted($"the root {trusted.SubjectText}", found) with { Remedy = remedy };
    }

    public static bool IsSelfIssued(Certificate certificate) => certificate.Issuer.Span.SequenceEqual(certificate.Subject.Span);

    public static CheckFailure? CheckIssued(Certificate certificate, Certificate issuer)
    {
        if (!certificate.Issuer.Span.SequenceEqual(issuer.Subject.Span))
        {
            return CheckFailure.Untrusted(
                $"{certificate.SubjectText} issued by {issuer.SubjectText}",
                $"the issuer {certificate.IssuerText} (names are compared byte by byte)");
        }

        return certificate.IsSignedBy(issuer.PublicKey)
            ? null
            : CheckFailure.Untrusted($"{certificate.SubjectText} signed by {issuer.SubjectText}", "a signature that is not by its key");
    }

    public static CheckFailure? CheckAuthority(Certificate certificate, int authoritiesBelow) =>
        certificate.Extensions switch
        {
            { IsAuthority: false } => CheckFailure.Untrusted($"{certificate.SubjectText} to be a CA", "a certificate that is not a CA"),
            { MaySignCertificates: false } =>
                CheckFailure.Untrusted($"{certificate.SubjectText} to have key usage keyCertSign", "a certificate without it"),
            { PathLength: { } length } when length < authoritiesBelow => CheckFailure.Untrusted(
                $"{certificate.SubjectText} to allow {authoritiesBelow} CA below it", $"a path length of {length}"),
            _ => null,
        };

    /// <summary>Null if all certificates are valid now.</summary>
    public static CheckFailure? CheckValidity(ReadOnlySpan<Certificate> certificates, DateTimeOffset now)
    {
        foreach (Certificate certificate in certificates)
        {
            if (now < certificate.NotBefore || now > certificate.NotAfter)
            {
                return Validity.Failure("certificates", now, certificate.SubjectText, certificate.NotBefore, certificate.NotAfter);
            }
        }

        return null;
    }
}
