using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Identity;

/// <summary>
/// The other side of a connection, as the Coordinator named it in the certificate: the type of Marble and the instance.
/// </summary>
/// <remarks>
/// The type is the value of the extension <see cref="TypeOid"/>, raw UTF-8 without an inner ASN.1 type; the instance is the UUID in the
/// subject's common name. A certificate authority is never a Marble.
/// </remarks>
public sealed class MarblePeer
{
    /// <summary>The object identifier of the certificate extension that holds the Marble type.</summary>
    public const string TypeOid = ExtensionOids.MarbleType;

    /// <summary>
    /// The object identifier of the certificate extension that holds the measurement: DiceTcbInfo (TCG DICE Attestation Architecture 1.1,
    /// 6.1.1).
    /// </summary>
    public const string CodeOid = Oids.DiceTcbInfo;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal MarblePeer(string marbleType, Guid id)
    {
        MarbleType = marbleType;
        Id = id;
    }

    /// <summary>The Marble's type: a key of the manifest's <c>Marbles</c>.</summary>
    public string MarbleType { get; }

    /// <summary>The UUID of the instance. It stays the same across restarts.</summary>
    public Guid Id { get; }

    /// <summary>
    /// The URI name of the certificate, a SPIFFE ID: <c>spiffe://domain/marble/type/uuid</c>. Null if the Coordinator gives no such name.
    /// </summary>
    public string? SpiffeId { get; internal init; }

    /// <summary>
    /// The measurement that the Marble's evidence proved (SGX: MRENCLAVE, TDX: MRTD, SEV-SNP: MEASUREMENT), lower-case hex. Null if it was
    /// admitted without evidence, or if the Coordinator does not say it.
    /// </summary>
    public string? Measurement { get; internal init; }

    /// <summary>
    /// SHA-256 of the PPID or CHIP_ID of the machine that the evidence is from, lower-case hex; null if the certificate does not say it.
    /// </summary>
    public string? Platform { get; internal init; }

    /// <summary>
    /// Reads the names in a certificate. It does not check the signature: trust the names only if the certificate verifies under the Marble
    /// root.
    /// </summary>
    /// <param name="certificate">The peer's leaf certificate.</param>
    /// <param name="peer">The names, if the certificate has them.</param>
    /// <returns>False if the certificate is not a Marble's.</returns>
    public static bool TryRead(X509Certificate2 certificate, [NotNullWhen(true)] out MarblePeer? peer) =>
        TryRead(certificate, out peer, out _);

    /// <summary>Returns the type and the instance.</summary>
    public override string ToString() => $"Marble '{MarbleType}' {MarbleUuid.ToCanonical(Id)}";

    internal static bool TryRead(
        X509Certificate2 certificate, [NotNullWhen(true)] out MarblePeer? peer, [NotNullWhen(false)] out string? reason)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        peer = null;
        try
        {
            if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority))
            {
                reason = "the certificate is a certificate authority, not a Marble";
                return false;
            }

            X509Extension[] types = [.. certificate.Extensions.Where(e => e.Oid?.Value == TypeOid)];
            if (types is not [{ RawData.Length: > 0 } type])
            {
                reason = $"the certificate does not name one Marble type (extension {TypeOid})";
                return false;
            }

            if (!TryReadId(certificate.SubjectName, out Guid id))
            {
                reason = "the certificate's common name is not one UUID";
                return false;
            }

            (string? measurement, string? platform) = PeerNames.ReadCode(certificate);
            peer = new MarblePeer(s_strictUtf8.GetString(type.RawData), id)
            {
                SpiffeId = PeerNames.ReadSpiffeId(certificate),
                Measurement = measurement,
                Platform = platform,
            };
            reason = null;
            return true;
        }
        catch (Exception e) when (e is DecoderFallbackException or AsnContentException
            or System.Security.Cryptography.CryptographicException)
        {
            reason = "the certificate's names cannot be decoded";
            return false;
        }
    }

    private static bool TryReadId(X500DistinguishedName subject, out Guid id)
    {
        X500RelativeDistinguishedName[] names =
            [.. subject
                .EnumerateRelativeDistinguishedNames()
                .Where(n => !n.HasMultipleElements && n.GetSingleElementType().Value == Oids.CommonName)];
        id = default;
        return names is [var name] && MarbleUuid.TryParse(name.GetSingleElementValue(), out id) && id != Guid.Empty;
    }
}
