using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Manifests.Certificates;

/// <summary>
/// The template of a generated certificate: <c>Secrets.x.Cert</c> of a manifest, with the defaults of MarbleRun 1.9. The issuer determines
/// the rest: key, issuer, serial number and the start of the validity period.
/// </summary>
public sealed class CertificateTemplate : IEquatable<CertificateTemplate>
{
    private static readonly byte[] s_anyKeyId = new byte[1];

    private readonly CertificateContent _content;

    internal CertificateTemplate(CertificateContent content, TemplateFault? fault)
    {
        _content = content;
        Fault = fault;
    }

    /// <summary>
    /// The template of a secret whose manifest entry has no <c>Cert</c>: a leaf for <c>localhost</c> that servers and clients can use.
    /// </summary>
    public static CertificateTemplate Default { get; } = TemplateCompiler.Compile(new CertificateParts());

    /// <summary>The subject (RFC 5280, 4.1.2.6); it may be empty.</summary>
    public X500DistinguishedName Subject => _content.Subject;

    /// <summary>The end of the validity period in UTC; null if <see cref="SecretDefinition.ValidFor"/> determines it.</summary>
    public DateTimeOffset? NotAfter => _content.NotAfter;

    /// <summary>The hash of the signature; null for the hash that matches the issuer's curve.</summary>
    public HashAlgorithmName? SignatureHash => _content.SignatureHash;

    /// <summary>The reason why no certificate can be issued from this template; null if one can.</summary>
    internal TemplateFault? Fault { get; }

    /// <summary>Creates the extensions of a certificate (RFC 5280, 4.2) in the order in which they are encoded.</summary>
    /// <param name="subjectKeyId">The key identifier of the certificate's key. An authority has it unless the template specifies
    /// another.</param>
    /// <param name="issuerKeyId">The key identifier of the issuer's key.</param>
    /// <exception cref="InvalidOperationException">
    /// No certificate can be issued from this template; <c>ManifestChecker.Check</c> reports the reason.
    /// </exception>
    public IReadOnlyList<X509Extension> CreateExtensions(ReadOnlySpan<byte> subjectKeyId, ReadOnlySpan<byte> issuerKeyId) =>
        Fault is null
            ? TemplateExtensions.Build(_content, subjectKeyId, issuerKeyId)
            : throw new InvalidOperationException($"No certificate can be issued from the template: {Fault.Member} {Fault.Text}");

    /// <summary>Whether two templates result in the same certificate for the same key, issuer and time.</summary>
    /// <param name="other">The other template.</param>
    public bool Equals(CertificateTemplate? other) =>
        other is not null
        && Fault == other.Fault
        && NotAfter == other.NotAfter
        && SignatureHash == other.SignatureHash
        && Subject.RawData.AsSpan().SequenceEqual(other.Subject.RawData)
        && TemplateExtensions.Build(_content, s_anyKeyId, s_anyKeyId)
            .SequenceEqual(TemplateExtensions.Build(other._content, s_anyKeyId, s_anyKeyId), ExtensionComparer.Instance);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as CertificateTemplate);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(NotAfter, SignatureHash, Subject.RawData.Length);
}

/// <summary>Compares extensions by their content.</summary>
internal sealed class ExtensionComparer : IEqualityComparer<X509Extension>
{
    public static ExtensionComparer Instance { get; } = new();

    public bool Equals(X509Extension? x, X509Extension? y) =>
        x?.Oid?.Value == y?.Oid?.Value && x?.Critical == y?.Critical && (x?.RawData).AsSpan().SequenceEqual(y?.RawData);

    public int GetHashCode([DisallowNull] X509Extension obj) => HashCode.Combine(obj.Oid?.Value, obj.Critical, obj.RawData.Length);
}
