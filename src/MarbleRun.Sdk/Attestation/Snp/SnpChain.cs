using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Snp;

/// <summary>The certificates of a report: VCEK under ASK, or VLEK under ASVK, under the ARK.</summary>
internal sealed class SnpChain
{
    private SnpChain(SnpCertificate vek, SnpCertificate ask, SnpCertificate? ark)
    {
        Vek = vek;
        Ask = ask;
        Ark = ark;
    }

    public SnpCertificate Vek { get; }

    public SnpCertificate Ask { get; }

    /// <summary>The root as it was given, or null.</summary>
    public SnpCertificate? Ark { get; }

    /// <summary>Reads the certificates; what is missing and what can't be read are different failures.</summary>
    public static bool TryRead(SnpCollateral? collateral, [NotNullWhen(true)] out SnpChain? chain, [NotNullWhen(false)] out CheckFailure? failure)
    {
        chain = null;
        if (collateral?.Vek is not { IsEmpty: false } vekDer || collateral.Ask is not { IsEmpty: false } askDer)
        {
            string found = collateral?.Vek is not { IsEmpty: false } ? "no VCEK or VLEK certificate" : "no ASK or ASVK certificate";
            failure = new CheckFailure(VerdictReason.CollateralMissing, "the certificates of the key that signed the report", found);
            return false;
        }

        SnpCertificate? ark = null;
        if (!TryReadOne("the VCEK or VLEK", vekDer, out SnpCertificate? vek, out failure)
            || !TryReadOne("the ASK or ASVK", askDer, out SnpCertificate? ask, out failure)
            || (collateral.Ark is { IsEmpty: false } arkDer && !TryReadOne("the ARK", arkDer, out ark, out failure)))
        {
            return false;
        }

        chain = new SnpChain(vek, ask, ark);
        return true;
    }

    /// <summary>The root must be a trusted one: same subject, same key, and signed with it.</summary>
    public bool TryFindRoot(SnpTrustAnchor anchor, [NotNullWhen(true)] out SnpRoot? root, [NotNullWhen(false)] out CheckFailure? failure)
    {
        ReadOnlyMemory<byte> name = Ark?.Subject ?? Ask.Issuer;
        root = anchor.Roots.FirstOrDefault(r => r.Certificate.Subject.Span.SequenceEqual(name.Span));
        failure = root is null
            ? CheckFailure.Untrusted($"a root of {anchor.Name}", $"the root {DerName.CommonName(name)}")
            : CheckGivenRoot(root.Certificate);
        return failure is null;
    }

    /// <summary>Each certificate must be issued and signed by the one above, and each must have the right to what it did.</summary>
    public CheckFailure? CheckPath(SnpRoot root) =>
        CheckAuthority(Ark ?? root.Certificate, authoritiesBelow: 1)
        ?? CheckIssued(Ask, root.Certificate)
        ?? CheckAuthority(Ask, authoritiesBelow: 0)
        ?? CheckIssued(Vek, Ask)
        ?? CheckVek();

    /// <summary>
    /// The VEK must say which platform it stands for, and be issued by the CA for its kind and product line: AMD names them
    /// <c>SEV-Milan</c> for VCEKs and <c>SEV-VLEK-Milan</c> for VLEKs.
    /// </summary>
    public bool TryReadVek(SnpRoot root, [NotNullWhen(true)] out VekExtensions? extensions, [NotNullWhen(false)] out CheckFailure? failure)
    {
        failure = VekExtensions.TryRead(Vek, out extensions, out string? fault)
            ? CheckVekKind(root, extensions)
            : CheckFailure.Untrusted($"a VCEK or VLEK, with complete extensions {VekExtensions.Root}", fault);
        return failure is null;
    }

    /// <summary>All certificates must be valid now.</summary>
    public CheckFailure? CheckValidity(SnpRoot root, DateTimeOffset now)
    {
        foreach (SnpCertificate certificate in (ReadOnlySpan<SnpCertificate>)[Ark ?? root.Certificate, Ask, Vek])
        {
            if (now < certificate.NotBefore || now > certificate.NotAfter)
            {
                return new CheckFailure(
                    VerdictReason.CollateralExpired,
                    $"certificates valid at {now:u}",
                    $"{certificate.SubjectText}, valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}");
            }
        }

        return null;
    }

    private static bool TryReadOne(
        string name,
        ReadOnlyMemory<byte> der,
        [NotNullWhen(true)] out SnpCertificate? certificate,
        [NotNullWhen(false)] out CheckFailure? failure)
    {
        failure = SnpCertificate.TryParse(der, out certificate, out string? fault)
            ? null
            : CheckFailure.Malformed("X.509 v3 certificates, DER, P-384 or RSA 4096, with RSASSA-PSS and SHA-384", $"{name}: {fault}");
        return certificate is not null;
    }

    private static CheckFailure? CheckIssued(SnpCertificate certificate, SnpCertificate issuer)
    {
        if (!certificate.Issuer.Span.SequenceEqual(issuer.Subject.Span))
        {
            return CheckFailure.Untrusted(
                $"{certificate.SubjectText} issued by {issuer.SubjectText}",
                $"the issuer {certificate.IssuerText} (names are compared byte by byte)");
        }

        return certificate.IsSignedBy(issuer)
            ? null
            : CheckFailure.Untrusted($"{certificate.SubjectText} signed by {issuer.SubjectText}", "a signature that is not by its key");
    }

    private static CheckFailure? CheckAuthority(SnpCertificate certificate, int authoritiesBelow) =>
        certificate.Extensions switch
        {
            { IsAuthority: false } => CheckFailure.Untrusted($"{certificate.SubjectText} to be a CA", "a certificate that is no CA"),
            { MaySignCertificates: false } => CheckFailure.Untrusted($"{certificate.SubjectText} to have key usage keyCertSign", "a certificate without it"),
            { PathLength: { } length } when length < authoritiesBelow => CheckFailure.Untrusted(
                $"{certificate.SubjectText} to allow {authoritiesBelow} CA below it", $"a path length of {length}"),
            _ when !certificate.IsRsa => CheckFailure.Untrusted($"{certificate.SubjectText} to have an RSA key", "a key of P-384"),
            _ => null,
        };

    private CheckFailure? CheckVek() =>
        Vek.Extensions switch
        {
            { IsAuthority: true } or { MaySignCertificates: true } => CheckFailure.Untrusted("a VCEK or VLEK, which is no CA", $"{Vek.SubjectText}, a CA"),
            { MaySignData: false } => CheckFailure.Untrusted($"{Vek.SubjectText} to have key usage digitalSignature", "a certificate without it"),
            _ when Vek.IsRsa => CheckFailure.Untrusted($"{Vek.SubjectText} to have a key of P-384", "an RSA key"),
            _ => null,
        };

    private CheckFailure? CheckGivenRoot(SnpCertificate trusted)
    {
        // The trusted one's own signature was checked when it became an anchor.
        if (Ark is null || Ark.Der.Span.SequenceEqual(trusted.Der.Span))
        {
            return null;
        }

        if (!Ark.PublicKey.Span.SequenceEqual(trusted.PublicKey.Span))
        {
            return CheckFailure.Untrusted($"the root {trusted.SubjectText}", "a root of that name with another key");
        }

        return Ark.Issuer.Span.SequenceEqual(Ark.Subject.Span) && Ark.IsSignedBy(trusted)
            ? null
            : CheckFailure.Untrusted($"the root {trusted.SubjectText}, signed by itself", "the root's name and key, but another signature");
    }

    private CheckFailure? CheckVekKind(SnpRoot root, VekExtensions extensions)
    {
        if (extensions.ProductLine != root.Line)
        {
            return new CheckFailure(VerdictReason.Mismatch, $"a VCEK or VLEK of {root.Line}, as its root", $"the product name {extensions.ProductName}");
        }

        bool isVcek = extensions.Kind == SnpSigningKey.Vcek;
        string subject = isVcek ? "SEV-VCEK" : "SEV-VLEK";
        string issuer = isVcek ? $"SEV-{root.Line}" : $"SEV-VLEK-{root.Line}";
        return Vek.SubjectText == subject && Ask.SubjectText == issuer
            ? null
            : CheckFailure.Untrusted($"a certificate {subject} issued by {issuer}, as its extensions say", $"{Vek.SubjectText} issued by {Ask.SubjectText}");
    }
}
