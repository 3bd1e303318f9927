using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Certificates;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Issues the certificates of secrets under the Marble root, from their templates in the manifest.</summary>
internal sealed class CertificateSecretIssuer(TimeProvider timeProvider)
{
    /// <summary>64 KiB; every TLS handshake would carry it.</summary>
    private const int MaxCertificateSize = 64 * 1024;

    /// <summary>Issues the certificate of a fresh key.</summary>
    /// <exception cref="CertificateTemplateException">The template's end has passed, or it cannot be put into a certificate.</exception>
    /// <param name="authority">Signs.</param>
    /// <param name="definition">Holds the template.</param>
    /// <param name="key">The secret's key.</param>
    /// <param name="notAfter">
    /// The end of the certificate that is replaced, which stays the end unless it has passed; null to take the definition's.
    /// </param>
    public StoredSecret Issue(
        MeshAuthority authority, SecretDefinition definition, SecretKeyPair key, DateTimeOffset? notAfter = null) =>
        new(key.Private, key.Public, Sign(authority, definition, key.Public, notAfter));

    /// <summary>
    /// Finds the faults of a definition without making its key: signs its template for the given one, which is not kept.
    /// </summary>
    /// <exception cref="CertificateTemplateException">No certificate can be made of it.</exception>
    public void ThrowIfNotIssuable(MeshAuthority authority, SecretDefinition definition, byte[] anyPublicKey) =>
        Sign(authority, definition, anyPublicKey, notAfter: null);

    private byte[] Sign(MeshAuthority authority, SecretDefinition definition, byte[] publicKey, DateTimeOffset? notAfter)
    {
        CertificateTemplate template = definition.Cert ?? CertificateTemplate.Default;
        var key = PublicKey.CreateFromSubjectPublicKeyInfo(publicKey, out _);
        DateTimeOffset now = timeProvider.GetUtcNow();
        byte[] certificate = authority.Issue(
            CertificateDrafts.ForSecret(template, key, authority.MarbleRootKeyIdentifier),
            now,
            EndOf(definition, template, notAfter, now),
            IssuedCertificateCheck.ThrowIfMarble).Der;
        return certificate.Length <= MaxCertificateSize
            ? certificate
            : throw new CertificateTemplateException(
                $"Cert gives a certificate of {certificate.Length} bytes; at most {MaxCertificateSize} are issued");
    }

    private static DateTimeOffset EndOf(
        SecretDefinition definition, CertificateTemplate template, DateTimeOffset? kept, DateTimeOffset now)
    {
        DateTimeOffset asked = kept > now
            ? kept.Value
            : template.NotAfter ?? now.AddDays(Math.Min(definition.EffectiveValidFor, MaxDays(now)));
        return asked > now ? asked : throw new CertificateTemplateException($"Cert.NotAfter {asked:u} has passed");
    }

    private static ulong MaxDays(DateTimeOffset now) => (ulong)(DateTimeOffset.MaxValue - now).Days - 1;
}

/// <summary>The template of a certificate secret is refused; the message describes the fault to the caller that set the
/// manifest.</summary>
internal sealed class CertificateTemplateException(string message, Exception? innerException = null) : Exception(message, innerException);
