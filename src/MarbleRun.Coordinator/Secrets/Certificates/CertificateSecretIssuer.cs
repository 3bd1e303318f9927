using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Certificates;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>Issues the certificates of secrets under the Marble root: template, signature, and a check of what came out.</summary>
internal sealed class CertificateSecretIssuer(TimeProvider timeProvider)
{
    /// <summary>64 KiB; every TLS handshake would carry it.</summary>
    private const int MaxCertificateSize = 64 * 1024;

    /// <summary>Makes a fresh key and a certificate for it.</summary>
    /// <exception cref="CertificateTemplateException">The template's end has passed, or it cannot be put into a certificate.</exception>
    /// <param name="authority">Signs.</param>
    /// <param name="definition">Holds the template.</param>
    /// <param name="notAfter">
    /// The end of the certificate that is replaced, which stays the end unless it has passed; null to take the definition's.
    /// </param>
    public StoredSecret Issue(MeshAuthority authority, SecretDefinition definition, DateTimeOffset? notAfter = null)
    {
        SecretKeyPair key = SecretKeyPair.Generate(definition);
        return new StoredSecret(key.Private, key.Public, Sign(authority, definition, key.Public, notAfter));
    }

    /// <summary>
    /// Finds the faults of a definition without making its key: signs its template for the given one, which is not kept.
    /// </summary>
    /// <exception cref="CertificateTemplateException">No certificate can be made of it.</exception>
    public void Demand(MeshAuthority authority, SecretDefinition definition, byte[] anyPublicKey) =>
        Sign(authority, definition, anyPublicKey, notAfter: null);

    private byte[] Sign(MeshAuthority authority, SecretDefinition definition, byte[] publicKey, DateTimeOffset? notAfter)
    {
        CertificateTemplate template = TemplateOf(definition);
        var subjectKey = PublicKey.CreateFromSubjectPublicKeyInfo(publicKey, out _);
        IReadOnlyList<X509Extension> extensions = template.CreateExtensions(
            CertificateTemplates.KeyIdentifier(subjectKey), authority.MarbleRootKeyIdentifier.Span);
        (DateTimeOffset notBefore, DateTimeOffset end) = ValidityOf(authority, definition, template, notAfter);
        using ECDsa issuerKey = authority.MarbleRoot.GetECDsaPrivateKey()!;
        using X509Certificate2 certificate = CertificateSigner.Sign(
            template.Subject,
            subjectKey,
            extensions,
            template.SignatureHash ?? CertificateTemplates.HashFor(issuerKey),
            authority.MarbleRoot.SubjectName,
            issuerKey,
            notBefore,
            end);
        DemandIssued(certificate, authority.MarbleRoot, publicKey);
        return certificate.RawData;
    }

    private (DateTimeOffset NotBefore, DateTimeOffset NotAfter) ValidityOf(
        MeshAuthority authority, SecretDefinition definition, CertificateTemplate template, DateTimeOffset? kept)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        DateTimeOffset asked = kept > now
            ? kept.Value
            : template.NotAfter ?? now.AddDays(Math.Min(definition.EffectiveValidFor, MaxDays(now)));
        if (asked <= now)
        {
            throw new CertificateTemplateException($"Cert.NotAfter {asked:u} has passed");
        }

        return authority.Limit(now, asked);
    }

    private static ulong MaxDays(DateTimeOffset now) => (ulong)(DateTimeOffset.MaxValue - now).Days - 1;

    /// <summary>Reads the certificate again before it is handed out: whatever the template says, these hold.</summary>
    private static void DemandIssued(X509Certificate2 certificate, X509Certificate2 issuer, byte[] publicKey)
    {
        bool isRight = certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData)
            && certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey)
            && certificate.NotBefore >= issuer.NotBefore
            && certificate.NotAfter <= issuer.NotAfter
            && certificate.Extensions[CertificateTemplates.MarbleTypeOid] is null;
        if (!isRight)
        {
            throw new CryptographicException("The certificate that the Coordinator issued for a secret is wrong and was thrown away.");
        }

        if (certificate.RawData.Length > MaxCertificateSize)
        {
            throw new CertificateTemplateException(
                $"Cert gives a certificate of {certificate.RawData.Length} bytes; at most {MaxCertificateSize} are issued");
        }
    }

    private static CertificateTemplate TemplateOf(SecretDefinition definition) => definition.Cert ?? CertificateTemplate.Default;
}
