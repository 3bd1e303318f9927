using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Issues the identity of a Marble: template, signature, and a check of the result.</summary>
internal sealed class MarbleIssuer(IOptions<CoordinatorOptions> options, TimeProvider timeProvider)
{
    private readonly AuthorityOptions _options = options.Value.Authority;

    public IssuedIdentity Issue(MeshAuthority authority, Guid uuid, string marbleType, CertificateNames names)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        (DateTimeOffset notBefore, DateTimeOffset notAfter) = authority.Limit(now, now + _options.MarbleCertificateLifetime);
        using ECDsa key = MeshAuthority.CreateKey(_options.KeyAlgorithm);
        using ECDsa issuerKey = authority.MarbleRoot.GetECDsaPrivateKey()!;
        CertificateRequest request = CertificateTemplates.ForMarble(uuid, marbleType, key, names, authority.MarbleRootKeyIdentifier);
        using X509Certificate2 leaf = CertificateSigner.Sign(request, authority.MarbleRoot.SubjectName, issuerKey, notBefore, notAfter);
        IssuedCertificateCheck.Demand(leaf, authority.MarbleRoot, uuid, marbleType);
        return new IssuedIdentity(leaf.RawData, key.ExportPkcs8PrivateKey(), key.ExportSubjectPublicKeyInfo());
    }
}
