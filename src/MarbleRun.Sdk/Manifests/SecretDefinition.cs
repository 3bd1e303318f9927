using System.Security.Cryptography;
using MarbleRun.Manifests.Certificates;

namespace MarbleRun.Manifests;

/// <summary>A secret of the mesh: an entry of the manifest's <c>Secrets</c>. <see cref="ToString"/> does not show inline values.</summary>
public sealed record SecretDefinition
{
    private const ulong DefaultValidFor = 365;

    /// <summary>The kind: one of <see cref="SecretTypes"/>; case matters.</summary>
    public string Type { get; init; } = string.Empty;

    /// <summary>The size in bits; 0 if not set.</summary>
    public ulong Size { get; init; }

    /// <summary>Whether all Marbles share one value; otherwise each instance has its own.</summary>
    public bool Shared { get; init; }

    /// <summary>Whether a user uploads the value; otherwise it is generated.</summary>
    public bool UserDefined { get; init; }

    /// <summary>
    /// The certificate's template: an object with the members of an X.509 certificate, or a string with the base64 form of an issued
    /// certificate's DER. Null if not set; then <see cref="CertificateTemplate.Default"/> applies.
    /// </summary>
    public CertificateTemplate? Cert { get; init; }

    /// <summary>The number of days that a generated certificate is valid; 0 if not set.</summary>
    public ulong ValidFor { get; init; }

    /// <summary>Whether the secret is a key with a certificate.</summary>
    public bool IsCertificate => Type is SecretTypes.CertRsa or SecretTypes.CertEcdsa or SecretTypes.CertEd25519;

    /// <summary>
    /// The number of days that a generated certificate is valid: <see cref="ValidFor"/>, or 365 if neither it nor the template's end is
    /// set.
    /// </summary>
    public ulong EffectiveValidFor =>
        this is { ValidFor: 0, UserDefined: false, IsCertificate: true, Cert: null or { NotAfter: null } } ? DefaultValidFor : ValidFor;

    /// <summary>An initial value: the private key as PKCS #8, or the bytes of a symmetric or plain secret. Empty if not set.</summary>
    public ReadOnlyMemory<byte> Private { get; init; }

    /// <summary>An initial value: the SubjectPublicKeyInfo, or the bytes of a symmetric or plain secret. Empty if not set.</summary>
    public ReadOnlyMemory<byte> Public { get; init; }

    /// <summary>
    /// Whether two entries define the same secret, so that an update keeps its value: type, size, both flags and the effective days are
    /// equal.
    /// </summary>
    /// <param name="other">The other secret.</param>
    public bool HasSameDefinition(SecretDefinition other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Type == other.Type
            && Size == other.Size
            && Shared == other.Shared
            && UserDefined == other.UserDefined
            && EffectiveValidFor == other.EffectiveValidFor;
    }

    /// <summary>Compares all members, values by content.</summary>
    /// <param name="other">The other secret.</param>
    public bool Equals(SecretDefinition? other) =>
        other is not null
        && HasSameDefinition(other)
        && ValidFor == other.ValidFor
        && EqualityComparer<CertificateTemplate>.Default.Equals(Cert, other.Cert)
        && CryptographicOperations.FixedTimeEquals(Private.Span, other.Private.Span)
        && CryptographicOperations.FixedTimeEquals(Public.Span, other.Public.Span);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Type, Size, Shared, UserDefined, ValidFor);

    /// <summary>Returns type, size and flags; no value.</summary>
    public override string ToString() =>
        $"SecretDefinition {{ Type = {Type}, Size = {Size}, Shared = {Shared}, UserDefined = {UserDefined}, ValidFor = {ValidFor} }}";
}
