using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// The roots that a <see cref="SnpReportVerifier"/> trusts, at most one for each product line. A chain must end in a certificate with a
/// root's subject and public key, and all below it must be of that root's product line.
/// </summary>
public sealed class SnpTrustAnchor
{
    private const string RootPrefix = "ARK-";

    private static readonly Lazy<SnpTrustAnchor> s_milan = new(() => FromCertificate(AmdRoots.Milan));
    private static readonly Lazy<SnpTrustAnchor> s_genoa = new(() => FromCertificate(AmdRoots.Genoa));
    private static readonly Lazy<SnpTrustAnchor> s_turin = new(() => FromCertificate(AmdRoots.Turin));
    private static readonly Lazy<SnpTrustAnchor> s_amd = new(
        () => new SnpTrustAnchor("AMD", [.. Milan.Roots, .. Genoa.Roots, .. Turin.Roots]));

    private SnpTrustAnchor(string name, ImmutableArray<SnpRoot> roots)
    {
        Name = name;
        Roots = roots;
    }

    /// <summary>AMD's roots of all supported product lines, embedded by value.</summary>
    public static SnpTrustAnchor Amd => s_amd.Value;

    /// <summary>AMD's root for Milan alone, embedded by value.</summary>
    public static SnpTrustAnchor Milan => s_milan.Value;

    /// <summary>AMD's root for Genoa alone, embedded by value.</summary>
    public static SnpTrustAnchor Genoa => s_genoa.Value;

    /// <summary>AMD's root for Turin alone, embedded by value.</summary>
    public static SnpTrustAnchor Turin => s_turin.Value;

    /// <summary>AMD, or the common name of the single root.</summary>
    public string Name { get; }

    /// <summary>The product lines that have a root here.</summary>
    public ImmutableArray<SnpProductLine> ProductLines => [.. Roots.Select(r => r.Line)];

    internal ImmutableArray<SnpRoot> Roots { get; }

    /// <summary>Creates an anchor for one root.</summary>
    /// <param name="certificate">
    /// The self-signed root certificate, DER, RSA 4096 with RSASSA-PSS and SHA-384, whose common name is <c>ARK-</c> and the product line.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="certificate"/> is not such a certificate.</exception>
    public static SnpTrustAnchor FromCertificate(ReadOnlySpan<byte> certificate)
    {
        if (!Certificate.TryParse(certificate.ToArray(), AmdCertificates.Profile, out Certificate? root, out string? fault))
        {
            throw new ArgumentException(
                $"A root certificate must be X.509 v3, DER, RSA 4096 with RSASSA-PSS and SHA-384: {fault}", nameof(certificate));
        }

        if (!root.Issuer.Span.SequenceEqual(root.Subject.Span) || !root.Extensions.IsAuthority || !root.IsSignedBy(root.PublicKey))
        {
            throw new ArgumentException(
                $"The certificate {root.SubjectText} is not a self-signed CA; give the root (ARK) of the chain.", nameof(certificate));
        }

        SnpProductLine line = root.SubjectText.StartsWith(RootPrefix, StringComparison.Ordinal)
            ? SnpProductLines.Parse(root.SubjectText[RootPrefix.Length..])
            : SnpProductLine.Unknown;
        return line != SnpProductLine.Unknown
            ? new SnpTrustAnchor(root.SubjectText, [new SnpRoot(line, root)])
            : throw new ArgumentException(
                $"The root's common name {root.SubjectText} does not name a known product line; it must be ARK-Milan, ARK-Genoa or "
                + "ARK-Turin.",
                nameof(certificate));
    }

    /// <summary>The root certificates in PEM, one after the other.</summary>
    public string ToPem() => string.Join('\n', Roots.Select(r => PemEncoding.WriteString("CERTIFICATE", r.Certificate.Der.Span))) + '\n';

    /// <summary>The anchor's name.</summary>
    public override string ToString() => Name;
}

/// <summary>The names of product lines in AMD's certificates.</summary>
internal static class SnpProductLines
{
    /// <summary>The line of exactly that name, or Unknown.</summary>
    public static SnpProductLine Parse(string name) => name switch
    {
        nameof(SnpProductLine.Milan) => SnpProductLine.Milan,
        nameof(SnpProductLine.Genoa) => SnpProductLine.Genoa,
        nameof(SnpProductLine.Turin) => SnpProductLine.Turin,
        _ => SnpProductLine.Unknown,
    };
}

/// <summary>A trusted root and its product line.</summary>
internal sealed record SnpRoot(SnpProductLine Line, Certificate Certificate);
