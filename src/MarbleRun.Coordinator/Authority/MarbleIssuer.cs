using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Issues the certificates of Marbles.</summary>
internal sealed class MarbleIssuer(IOptions<CoordinatorOptions> options, TimeProvider timeProvider)
{
    private readonly AuthorityOptions _options = options.Value.Authority;

    /// <summary>A certificate for a new key of the Coordinator's, as an activation returns it.</summary>
    /// <param name="authority">The authority in force.</param>
    /// <param name="marble">The content of the certificate.</param>
    /// <param name="renews">Whether the Marble renews its certificate, so that a short one is enough.</param>
    public IssuedIdentity Issue(MeshAuthority authority, MarbleSubject marble, bool renews)
    {
        using ECDsa key = MeshAuthority.CreateKey(_options.KeyAlgorithm);
        TimeSpan lifetime = renews ? _options.RenewableCertificateLifetime : _options.MarbleCertificateLifetime;
        MarbleLeaf issued = Issue(authority, marble, new PublicKey(key), lifetime);
        return new IssuedIdentity(issued, key.ExportPkcs8PrivateKey(), key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>A certificate for a key that the Marble made, as a renewal returns it.</summary>
    /// <param name="authority">The authority in force.</param>
    /// <param name="marble">The content of the certificate.</param>
    /// <param name="key">The Marble's key.</param>
    public MarbleLeaf Renew(MeshAuthority authority, MarbleSubject marble, PublicKey key) =>
        Issue(authority, marble, key, _options.RenewableCertificateLifetime);

    private MarbleLeaf Issue(MeshAuthority authority, MarbleSubject marble, PublicKey key, TimeSpan lifetime)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        IssuedCertificate leaf = authority.Issue(
            CertificateDrafts.ForMarble(
                marble with { CrlDistributionPoint = _options.CrlDistributionPoint }, key, authority.MarbleRootKeyExtension),
            now,
            now + lifetime,
            certificate => IssuedCertificateCheck.ThrowIfNoMarble(certificate, marble));
        return new MarbleLeaf(leaf, marble, authority.MarbleRootKeyIdentifier);
    }
}

/// <summary>The certificate of a Marble that was just issued.</summary>
/// <param name="Certificate">The leaf.</param>
/// <param name="Subject">What it says about the Marble.</param>
/// <param name="IssuerKey">The identifier of the key that signed it.</param>
internal sealed record MarbleLeaf(IssuedCertificate Certificate, MarbleSubject Subject, ReadOnlyMemory<byte> IssuerKey);

/// <summary>The identity of a Marble: a certificate and its key, which the Coordinator does not keep.</summary>
/// <param name="Marble">The Marble and its leaf.</param>
/// <param name="PrivateKey">PKCS#8 DER.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo DER.</param>
internal sealed record IssuedIdentity(MarbleLeaf Marble, byte[] PrivateKey, byte[] PublicKey) : IDisposable
{
    /// <summary>The leaf, DER.</summary>
    public byte[] Certificate => Marble.Certificate.Der;

    public void Dispose() => CryptographicOperations.ZeroMemory(PrivateKey);

    public override string ToString() => "issued identity";
}
