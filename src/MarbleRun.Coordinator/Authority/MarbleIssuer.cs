using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Issues the identity of a Marble: template, signature, and a check of what came out.</summary>
internal sealed class MarbleIssuer(IOptions<CoordinatorOptions> options, TimeProvider timeProvider)
{
    private readonly AuthorityOptions _options = options.Value.Authority;

    public IssuedIdentity Issue(MeshAuthority authority, Guid uuid, string marbleType, CertificateNames names)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        DateTimeOffset start = new(authority.MarbleRoot.NotBefore.ToUniversalTime());
        DateTimeOffset end = new(authority.MarbleRoot.NotAfter.ToUniversalTime());
        DateTimeOffset notAfter = _options.MarbleCertificateLifetime < end - now ? now + _options.MarbleCertificateLifetime : end;

        // A clock that was set back since the authority was made must not stop the mesh: a leaf begins with its issuer at the earliest.
        DateTimeOffset notBefore = now - CertificateSigner.ClockSkew > start ? now - CertificateSigner.ClockSkew : start;
        if (notAfter <= notBefore)
        {
            throw new CryptographicException($"The clock says {now:u}, but the Coordinator's certificates are valid from {start:u} on. Set the clock right.");
        }

        using ECDsa key = MeshAuthority.CreateKey(_options.KeyAlgorithm);
        using ECDsa issuerKey = authority.MarbleRoot.GetECDsaPrivateKey()!;
        CertificateRequest request = CertificateTemplates.ForMarble(
            uuid, marbleType, key, names, CertificateTemplates.KeyIdentifier(authority.MarbleRoot.PublicKey));
        using X509Certificate2 leaf = CertificateSigner.Sign(request, authority.MarbleRoot.SubjectName, issuerKey, notBefore, notAfter);
        IssuedCertificateCheck.Demand(leaf, authority.MarbleRoot, uuid, marbleType);
        return new IssuedIdentity(leaf.RawData, key.ExportPkcs8PrivateKey(), key.ExportSubjectPublicKeyInfo());
    }
}
