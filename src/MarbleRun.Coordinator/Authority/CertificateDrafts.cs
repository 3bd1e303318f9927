using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Identity;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Authority;

/// <summary>What a certificate contains, except issuer, serial number and validity.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Key">The key that the certificate is for.</param>
/// <param name="Extensions">In their order in the certificate.</param>
/// <param name="SignatureHash">The hash of the signature; null for the one that belongs to the issuer's curve.</param>
internal sealed record CertificateDraft(
    X500DistinguishedName Subject, PublicKey Key, IReadOnlyList<X509Extension> Extensions, HashAlgorithmName? SignatureHash = null);

/// <summary>The content of each kind of certificate before it is signed.</summary>
internal static class CertificateDrafts
{
    public const string RootName = "MarbleRun Coordinator";
    public const string IntermediateName = "MarbleRun Coordinator - Intermediate CA";

    private const X509KeyUsageFlags AuthorityUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign;

    /// <summary>The intermediate and the Marble root also sign the revocation list (RFC 5280, 4.2.1.3).</summary>
    private const X509KeyUsageFlags IntermediateUsage = AuthorityUsage | X509KeyUsageFlags.CrlSign;

    private const X509KeyUsageFlags MarbleUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement;

    private static readonly OidCollection s_usages =
        [new Oid(ExtendedKeyUsages.ServerAuthentication), new Oid(ExtendedKeyUsages.ClientAuthentication)];

    /// <summary>Of every Marble.</summary>
    private static readonly X509Extension[] s_marbleExtensions =
    [
        new X509KeyUsageExtension(MarbleUsage, critical: true),
        new X509EnhancedKeyUsageExtension(s_usages, critical: false),
        X509BasicConstraintsExtension.CreateForEndEntity(critical: true),
    ];

    /// <summary>A certificate authority; <paramref name="issuerKeyIdentifier"/> only if another key signs.</summary>
    public static CertificateDraft ForAuthority(
        string commonName, ECDsa key, CertificateNames names, ReadOnlyMemory<byte>? issuerKeyIdentifier)
    {
        PublicKey publicKey = new(key);
        return new CertificateDraft(
            Name(commonName),
            publicKey,
            [
                new X509KeyUsageExtension(commonName == IntermediateName ? IntermediateUsage : AuthorityUsage, critical: true),
                new X509EnhancedKeyUsageExtension(s_usages, critical: false),
                X509BasicConstraintsExtension.CreateForCertificateAuthority(),
                new X509SubjectKeyIdentifierExtension(KeyIdentifier(publicKey), critical: false),
                .. issuerKeyIdentifier is { } identifier ? [IssuerKey(identifier)] : (X509Extension[])[],
                .. Names(names),
            ]);
    }

    /// <summary>A Marble's leaf. The subject is only the UUID: a requested subject proves nothing.</summary>
    /// <param name="marble">The Marble.</param>
    /// <param name="key">Its key.</param>
    /// <param name="issuerKey">The extension that identifies the issuer's key, see <see cref="IssuerKey"/>.</param>
    public static CertificateDraft ForMarble(MarbleSubject marble, PublicKey key, X509Extension issuerKey) =>
        new(
            Name(marble.Uuid.ToString("D")),
            key,
            [
                .. s_marbleExtensions,
                issuerKey,
                .. Names(marble.Names, marble.SpiffeId),
                new X509Extension(MarblePeer.TypeOid, Encoding.UTF8.GetBytes(marble.MarbleType), critical: false),
                .. marble.Code is { } code ? [code.ToExtension()] : (X509Extension[])[],
                .. marble.CrlDistributionPoint is { Length: > 0 } url
                    ? [CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([url])]
                    : (X509Extension[])[],
            ]);

    /// <summary>The certificate of a secret, as its template in the manifest specifies.</summary>
    public static CertificateDraft ForSecret(CertificateTemplate template, PublicKey key, ReadOnlyMemory<byte> issuerKeyIdentifier) =>
        new(template.Subject, key, template.CreateExtensions(KeyIdentifier(key), issuerKeyIdentifier.Span), template.SignatureHash);

    /// <summary>The leftmost 20 bytes of SHA-256 over the public key's bits (RFC 7093, method 1).</summary>
    public static byte[] KeyIdentifier(PublicKey key) => SHA256.HashData(key.EncodedKeyValue.RawData)[..20];

    /// <summary>The extension that identifies the issuer's key.</summary>
    public static X509AuthorityKeyIdentifierExtension IssuerKey(ReadOnlyMemory<byte> identifier) =>
        X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier.Span);

    /// <summary>The hash that belongs to a key's curve.</summary>
    public static HashAlgorithmName HashFor(ECDsa key) => key.KeySize switch
    {
        256 => HashAlgorithmName.SHA256,
        384 => HashAlgorithmName.SHA384,
        _ => throw new ArgumentException($"The Coordinator signs with P-256 or P-384, not with a key of {key.KeySize} bits.", nameof(key)),
    };

    private static X509Extension[] Names(CertificateNames names, string? uri = null) =>
        names.ToExtension(uri) is { } extension ? [extension] : [];

    /// <summary>One common name as PrintableString, which every implementation compares byte by byte.</summary>
    private static X500DistinguishedName Name(string commonName)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, initialCapacity: 128);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.CommonName);
            writer.WriteCharacterString(UniversalTagNumber.PrintableString, commonName);
        }

        return new X500DistinguishedName(writer.Encode());
    }
}
