using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Manifests.Signatures;

/// <summary>
/// A public key of a mesh's owner: with a <see cref="ManifestSignature"/>, the holder of its private part states that a manifest belongs to
/// the owner. Two instances are equal if they contain the same key, regardless of the file or certificate that it comes from.
/// </summary>
/// <remarks>
/// Supported are ECDSA keys on the curves P-256, P-384 and P-521 (FIPS 186-5, each with the SHA-2 of its size) and RSA keys of 2,048 to
/// 8,192 bits (RSASSA-PSS with SHA-256, RFC 8017). Ed25519 is not supported: .NET's base library cannot verify it.
/// </remarks>
public sealed class OwnerKey : IEquatable<OwnerKey>
{
    /// <summary>The longest accepted key, in bytes of DER: 2,048.</summary>
    public const int MaxLength = 2048;

    private readonly byte[] _subjectPublicKeyInfo;
    private readonly OwnerKeyAlgorithm _algorithm;

    private OwnerKey(byte[] subjectPublicKeyInfo, OwnerKeyAlgorithm algorithm)
    {
        _subjectPublicKeyInfo = subjectPublicKeyInfo;
        _algorithm = algorithm;
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(subjectPublicKeyInfo));
    }

    /// <summary>The key as SubjectPublicKeyInfo in DER (RFC 5280, 4.1), encoded by this class: the same bytes for the same key.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    /// <summary>SHA-256 of <see cref="SubjectPublicKeyInfo"/>, 64 lower-case hexadecimal digits.</summary>
    public string Fingerprint { get; }

    /// <summary>The signature algorithm, for people: <c>ECDSA P-256 with SHA-256</c>, <c>RSA-3072 PSS with SHA-256</c>.</summary>
    public string Algorithm => _algorithm.Name;

    /// <summary>Reads a key.</summary>
    /// <param name="pem">
    /// One PEM block (RFC 7468) with the label <c>PUBLIC KEY</c> or <c>CERTIFICATE</c>; only the key of a certificate counts.
    /// </param>
    /// <exception cref="FormatException">It is not a usable key; the message has the reason.</exception>
    public static OwnerKey Parse(string pem) =>
        TryParse(pem, out OwnerKey? key, out string? fault) ? key : throw new FormatException(fault);

    /// <summary>Reads a key without throwing.</summary>
    /// <param name="pem">The text, as for <see cref="Parse"/>.</param>
    /// <param name="key">The key, or null.</param>
    /// <param name="fault">What is wrong and what to do, or null.</param>
    public static bool TryParse(string pem, [NotNullWhen(true)] out OwnerKey? key, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(pem);
        key = null;
        fault = OwnerKeyReading.FindBlock(pem, out byte[] der, out bool isCertificate);
        return fault is null && (isCertificate ? TryReadCertificate(der, out key, out fault) : TryRead(der, out key, out fault));
    }

    /// <summary>Reads a key from DER.</summary>
    /// <param name="subjectPublicKeyInfo">SubjectPublicKeyInfo, at most <see cref="MaxLength"/> bytes.</param>
    /// <param name="key">The key, or null.</param>
    /// <param name="fault">What is wrong and what to do, or null.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> subjectPublicKeyInfo, [NotNullWhen(true)] out OwnerKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        fault = OwnerKeyReading.Read(subjectPublicKeyInfo, out byte[] canonical, out OwnerKeyAlgorithm? algorithm);
        if (fault is not null)
        {
            return false;
        }

        key = new OwnerKey(canonical, algorithm!);
        return true;
    }

    /// <summary>Returns the public part of a private key.</summary>
    /// <param name="key">An <see cref="ECDsa"/> or <see cref="RSA"/> key.</param>
    /// <exception cref="ArgumentException">The key has an unsupported kind, curve or size.</exception>
    public static OwnerKey Of(AsymmetricAlgorithm key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key is not (ECDsa or RSA) ? throw new ArgumentException(OwnerKeyReading.Kinds, nameof(key))
            : TryRead(key.ExportSubjectPublicKeyInfo(), out OwnerKey? owner, out string? fault) ? owner
            : throw new ArgumentException(fault, nameof(key));
    }

    /// <summary>Returns the key as PEM with the label <c>PUBLIC KEY</c>, without a line feed at the end.</summary>
    public string ToPem() => PemEncoding.WriteString("PUBLIC KEY", _subjectPublicKeyInfo);

    /// <summary>Whether both are the same key.</summary>
    /// <param name="other">The other key.</param>
    public bool Equals(OwnerKey? other) => other is not null && _subjectPublicKeyInfo.AsSpan().SequenceEqual(other._subjectPublicKeyInfo);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as OwnerKey);

    /// <inheritdoc />
    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);

    /// <summary>Returns algorithm and fingerprint.</summary>
    public override string ToString() => $"{Algorithm}, {Fingerprint}";

    internal byte[] Sign(AsymmetricAlgorithm key, byte[] statement) => _algorithm.Sign(key, statement);

    internal bool IsSignature(ReadOnlySpan<byte> statement, ReadOnlySpan<byte> signature) =>
        _algorithm.Verify(_subjectPublicKeyInfo, statement, signature);

    private static bool TryReadCertificate(byte[] der, [NotNullWhen(true)] out OwnerKey? key, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            return TryRead(certificate.PublicKey.ExportSubjectPublicKeyInfo(), out key, out fault);
        }
        catch (CryptographicException)
        {
            key = null;
            fault = "The PEM block has the label CERTIFICATE, but its content is not an X.509 certificate.";
            return false;
        }
    }
}
