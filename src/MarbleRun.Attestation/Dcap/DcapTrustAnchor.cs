using System.Security.Cryptography;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The root that a <see cref="DcapQuoteVerifier"/> trusts. A quote's chain must end in a certificate with the same subject and the same
/// public key; its other bytes may differ, because Intel issued its root certificate more than once.
/// </summary>
public sealed class DcapTrustAnchor
{
    private static readonly Lazy<DcapTrustAnchor> s_intelSgx = new(() => FromCertificate(IntelRoot.Der));

    private DcapTrustAnchor(Certificate root, bool requiresCollateral)
    {
        Root = root;
        Name = root.SubjectText;
        RequiresCollateral = requiresCollateral;
    }

    /// <summary>Intel's root for SGX and TDX, "Intel SGX Root CA", embedded by value.</summary>
    public static DcapTrustAnchor IntelSgx => s_intelSgx.Value;

    /// <summary>The root's common name.</summary>
    public string Name { get; }

    /// <summary>
    /// Whether a quote is accepted only with revocation lists, TCB info and QE identity. False only for a development root: software has no
    /// TCB that could be out of date.
    /// </summary>
    public bool RequiresCollateral { get; }

    /// <summary>
    /// Whether the root has the name of a simulation's root. The name is not protected: it is meaningful only if this root is trusted for
    /// other reasons.
    /// </summary>
    public bool IsDevelopmentRoot => DevelopmentRoot.Is(Root);

    /// <summary>The root certificate, DER.</summary>
    public ReadOnlyMemory<byte> Certificate => Root.Der;

    internal Certificate Root { get; }

    internal bool IsSimulation => !RequiresCollateral;

    /// <summary>Creates an anchor for another root than Intel's, with the same requirements.</summary>
    /// <param name="certificate">The self-signed root certificate, DER, P-256 with ecdsa-with-SHA256.</param>
    /// <exception cref="ArgumentException"><paramref name="certificate"/> is not such a certificate.</exception>
    public static DcapTrustAnchor FromCertificate(ReadOnlySpan<byte> certificate) => new(Read(certificate), requiresCollateral: true);

    /// <summary>Creates an anchor for the development root of a simulation: a platform in software. Do not use it in production.</summary>
    /// <param name="certificate">The root certificate of a <c>SimulationPlatform</c>, DER.</param>
    /// <exception cref="ArgumentException"><paramref name="certificate"/> is not a development root.</exception>
    public static DcapTrustAnchor ForSimulation(ReadOnlySpan<byte> certificate)
    {
        Certificate root = Read(certificate);
        return DevelopmentRoot.Is(root)
            ? new DcapTrustAnchor(root, requiresCollateral: false)
            : throw new ArgumentException(
                $"The root of a simulation is named {DevelopmentRoot.CommonName}, not {root.SubjectText}; give a simulation platform's "
                + $"root certificate.",
                nameof(certificate));
    }

    /// <summary>Returns the root certificate in PEM, for an offline relying party.</summary>
    public string ToPem() => PemEncoding.WriteString("CERTIFICATE", Root.Der.Span);

    /// <summary>The anchor's name.</summary>
    public override string ToString() => Name;

    private static Certificate Read(ReadOnlySpan<byte> certificate)
    {
        if (!X509.Certificate.TryParse(certificate.ToArray(), IntelCertificates.Profile, out Certificate? root, out string? fault))
        {
            throw new ArgumentException(
                $"A root certificate must be X.509 v3, DER, {IntelCertificates.Profile.CertificateForm}: {fault}", nameof(certificate));
        }

        return root.Issuer.Span.SequenceEqual(root.Subject.Span) && root.Extensions.IsAuthority && root.IsSignedBy(root.PublicKey)
            ? root
            : throw new ArgumentException(
                $"The certificate {root.SubjectText} is not a self-signed CA; give the root of the chain.", nameof(certificate));
    }
}
