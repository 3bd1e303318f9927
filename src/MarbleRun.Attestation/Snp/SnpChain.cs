using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>The certificates of a report: VCEK under ASK, or VLEK under ASVK, under the ARK.</summary>
internal sealed class SnpChain
{
    private SnpChain(Certificate vek, Certificate ask, Certificate? ark)
    {
        Vek = vek;
        Ask = ask;
        Ark = ark;
    }

    public Certificate Vek { get; }

    public Certificate Ask { get; }

    /// <summary>The given root, or null.</summary>
    public Certificate? Ark { get; }

    /// <summary>Reads the certificates; missing and unreadable certificates are different failures.</summary>
    public static bool TryRead(
        SnpCollateral? collateral, [NotNullWhen(true)] out SnpChain? chain, [NotNullWhen(false)] out CheckFailure? failure)
    {
        chain = null;
        if (collateral?.Vek is not { IsEmpty: false } vekDer || collateral.Ask is not { IsEmpty: false } askDer)
        {
            string found = collateral?.Vek is not { IsEmpty: false } ? "no VCEK or VLEK certificate" : "no ASK or ASVK certificate";
            failure = new CheckFailure(VerdictReason.CollateralMissing, "the certificates of the key that signed the report", found);
            return false;
        }

        Certificate? ark = null;
        if (!TryReadOne("the VCEK or VLEK", vekDer, out Certificate? vek, out failure)
            || !TryReadOne("the ASK or ASVK", askDer, out Certificate? ask, out failure)
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
            : CertificatePath.CheckRoot(Ark ?? root.Certificate, root.Certificate);
        return failure is null;
    }

    /// <summary>Each certificate must be issued and signed by the one above, and each must be allowed to issue or sign.</summary>
    public CheckFailure? CheckPath(SnpRoot root) =>
        CheckAuthority(Ark ?? root.Certificate, authoritiesBelow: 1)
        ?? CertificatePath.CheckIssued(Ask, root.Certificate)
        ?? CheckAuthority(Ask, authoritiesBelow: 0)
        ?? CertificatePath.CheckIssued(Vek, Ask)
        ?? CheckVek();

    /// <summary>
    /// The VEK must identify its platform, and be issued by the CA for its kind and product line: AMD names them <c>SEV-Milan</c> for VCEKs
    /// and <c>SEV-VLEK-Milan</c> for VLEKs.
    /// </summary>
    public bool TryReadVek(SnpRoot root, [NotNullWhen(true)] out VekExtensions? extensions, [NotNullWhen(false)] out CheckFailure? failure)
    {
        failure = VekExtensions.TryRead(Vek, out extensions, out string? fault)
            ? CheckVekKind(root, extensions)
            : CheckFailure.Untrusted($"a VCEK or VLEK, with complete extensions {VekExtensions.Root}", fault);
        return failure is null;
    }

    /// <summary>All certificates must be valid now.</summary>
    public CheckFailure? CheckValidity(SnpRoot root, DateTimeOffset now) =>
        CertificatePath.CheckValidity([Ark ?? root.Certificate, Ask, Vek], now);

    /// <summary>Null if the list is the root's, genuine, current, and contains neither the intermediate CA nor the root.</summary>
    /// <param name="list">The list.</param>
    /// <param name="root">The trusted root of this chain.</param>
    /// <param name="now">The time of verification.</param>
    public CheckFailure? CheckRevocation(PreparedRevocationList list, SnpRoot root, DateTimeOffset now) =>
        list.Check(Ask, root.Certificate, now) ?? list.Check(Ark ?? root.Certificate, root.Certificate, now);

    private static bool TryReadOne(
        string name,
        ReadOnlyMemory<byte> der,
        [NotNullWhen(true)] out Certificate? certificate,
        [NotNullWhen(false)] out CheckFailure? failure)
    {
        failure = Certificate.TryParse(der, AmdCertificates.Profile, out certificate, out string? fault)
            ? null
            : CheckFailure.Malformed($"X.509 v3 certificates, DER, {AmdCertificates.Profile.CertificateForm}", $"{name}: {fault}");
        return certificate is not null;
    }

    private static CheckFailure? CheckAuthority(Certificate certificate, int authoritiesBelow) =>
        CertificatePath.CheckAuthority(certificate, authoritiesBelow)
        ?? (AmdCertificates.HasRsaKey(certificate)
            ? null
            : CheckFailure.Untrusted($"{certificate.SubjectText} to have an RSA key", "a key of P-384"));

    private CheckFailure? CheckVek() =>
        Vek.Extensions switch
        {
            { IsAuthority: true } or { MaySignCertificates: true } =>
                CheckFailure.Untrusted("a VCEK or VLEK, which is not a CA", $"{Vek.SubjectText}, a CA"),
            { MaySignData: false } =>
                CheckFailure.Untrusted($"{Vek.SubjectText} to have key usage digitalSignature", "a certificate without it"),
            _ when AmdCertificates.HasRsaKey(Vek) => CheckFailure.Untrusted($"{Vek.SubjectText} to have a key of P-384", "an RSA key"),
            _ => null,
        };

    private CheckFailure? CheckVekKind(SnpRoot root, VekExtensions extensions)
    {
        if (extensions.ProductLine != root.Line)
        {
            return new CheckFailure(
                VerdictReason.Mismatch, $"a VCEK or VLEK of {root.Line}, as its root", $"the product name {extensions.ProductName}");
        }

        bool isVcek = extensions.Kind == SnpSigningKey.Vcek;
        string subject = isVcek ? "SEV-VCEK" : "SEV-VLEK";
        string issuer = isVcek ? $"SEV-{root.Line}" : $"SEV-VLEK-{root.Line}";
        return Vek.SubjectText == subject && Ask.SubjectText == issuer
            ? null
            : CheckFailure.Untrusted(
                $"a certificate {subject} issued by {issuer}, as its extensions say", $"{Vek.SubjectText} issued by {Ask.SubjectText}");
    }
}
