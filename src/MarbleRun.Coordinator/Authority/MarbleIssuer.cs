using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Issues the identity of a Marble: a new key, and a certificate with the names that <see cref="MarbleCsr"/> read.</summary>
internal sealed class MarbleIssuer(IOptions<CoordinatorOptions> options, TimeProvider timeProvider)
{
    private readonly AuthorityOptions _options = options.Value.Authority;

    public IssuedIdentity Issue(MeshAuthority authority, Guid uuid, string marbleType, CertificateNames names)
    {
        using ECDsa key = MeshAuthority.CreateKey(_options.KeyAlgorithm);
        DateTimeOffset now = timeProvider.GetUtcNow();
        byte[] leaf = authority.Issue(
            CertificateDrafts.ForMarble(uuid, marbleType, key, names, authority.MarbleRootKeyIdentifier),
            now,
            now + _options.MarbleCertificateLifetime,
            certificate => IssuedCertificateCheck.ThrowIfNoMarble(certificate, uuid, marbleType));
        return new IssuedIdentity(leaf, key.ExportPkcs8PrivateKey(), key.ExportSubjectPublicKeyInfo());
    }
}

/// <summary>The identity of a Marble: a certificate and its key, which the Coordinator does not keep.</summary>
/// <param name="Certificate">The leaf, DER.</param>
/// <param name="PrivateKey">PKCS#8 DER.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo DER.</param>
internal sealed record IssuedIdentity(byte[] Certificate, byte[] PrivateKey, byte[] PublicKey) : IDisposable
{
    public void Dispose() => CryptographicOperations.ZeroMemory(PrivateKey);

    public override string ToString() => "issued identity";
}
