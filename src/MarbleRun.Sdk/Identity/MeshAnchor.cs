using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Identity;

/// <summary>An authority whose certificates are accepted.</summary>
internal sealed class MeshAnchor
{
    private readonly string? _subjectKeyIdentifier;

    /// <param name="root">The self-signed certificate of the authority's key.</param>
    /// <param name="until">The end of the overlap; null for the authority that issues.</param>
    /// <param name="latest">The latest end that is believed; null for the authority that issues.</param>
    public MeshAnchor(X509Certificate2 root, DateTimeOffset? until = null, DateTimeOffset? latest = null)
    {
        Root = root;
        Until = until > latest ? latest : until;
        Latest = latest;
        KeyId = ComputeKeyId(root);
        _subjectKeyIdentifier = root.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifier;
    }

    /// <summary>The anchor inside the mesh.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The time from which its certificates are not accepted any more; null for the authority that issues.</summary>
    public DateTimeOffset? Until { get; }

    /// <summary>The latest end that is believed, from the first list that named the overlap; null for the authority that issues.</summary>
    public DateTimeOffset? Latest { get; }

    /// <summary>SHA-256 of the public key (SubjectPublicKeyInfo, DER), lower-case hex.</summary>
    public string KeyId { get; }

    /// <summary>This authority with the earlier of two ends; the authority that issues has none.</summary>
    public MeshAnchor NotAfter(DateTimeOffset? latest) =>
        Until is { } until && latest < Latest ? new MeshAnchor(Root, until, latest) : this;

    public static string ComputeKeyId(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>
    /// Whether the certificate names this authority's key as its issuer's (RFC 5280, 4.2.1.1). All authorities of a deployment have the
    /// same name, so this decides whose signature is checked, and an unauthenticated caller causes one such check only.
    /// </summary>
    public bool IsNamedBy(X509AuthorityKeyIdentifierExtension issuer) =>
        _subjectKeyIdentifier is not null
        && issuer.KeyIdentifier is { } key
        && key.Span.SequenceEqual(Convert.FromHexString(_subjectKeyIdentifier));
}
