using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The certificates of a quote: PCK certificate, PCK CA, root.</summary>
internal sealed class PckChain
{
    private const int Length = 3;

    private PckChain(Certificate leaf, Certificate authority, Certificate root)
    {
        Leaf = leaf;
        Authority = authority;
        Root = root;
    }

    public Certificate Leaf { get; }

    public Certificate Authority { get; }

    public Certificate Root { get; }

    /// <summary>Takes the chain out of a quote, or out of the collateral if the quote only names its platform.</summary>
    public static bool TryRead(
        SgxQuote quote,
        DcapCollateral? collateral,
        [NotNullWhen(true)] out PckChain? chain,
        [NotNullWhen(false)] out CheckFailure? failure)
    {
        chain = null;
        ReadOnlyMemory<byte>? pem = quote.CertificationType switch
        {
            SgxQuote.PemChainType => quote.CertificationData,
            1 or 2 or 3 => collateral?.PckCertificateChain,
            _ => null,
        };
        if (pem is null)
        {
            failure = CheckFailure.Unsupported("certification data type 5 (PCK certificate chain)", $"type {quote.CertificationType}");
            return false;
        }

        return TryReadPem(pem.Value.Span, out chain, out failure);
    }

    /// <summary>Reads a chain, PEM.</summary>
    public static bool TryReadPem(ReadOnlySpan<byte> pem, [NotNullWhen(true)] out PckChain? chain, [NotNullWhen(false)] out CheckFailure? failure)
    {
        chain = null;
        if (!PemCertificates.TryRead(pem, out List<byte[]> encoded, out failure))
        {
            return false;
        }

        var certificates = new List<Certificate>(encoded.Count);
        foreach (byte[] der in encoded)
        {
            if (!Certificate.TryParse(der, out Certificate? certificate, out string? fault))
            {
                failure = CheckFailure.Malformed("X.509 v3 certificates, DER, P-256 with ecdsa-with-SHA256", $"certificate {certificates.Count + 1}: {fault}");
                return false;
            }

            certificates.Add(certificate);
        }

        if (certificates.Count != Length)
        {
            failure = CheckFailure.Untrusted("three certificates: PCK, PCK CA, root", $"{certificates.Count}");
            return false;
        }

        // Intel's order is PCK, PCK CA, root; some platforms put the root second.
        chain = IsSelfIssued(certificates[1]) && !IsSelfIssued(certificates[2])
            ? new PckChain(certificates[0], certificates[2], certificates[1])
            : new PckChain(certificates[0], certificates[1], certificates[2]);
        return true;
    }

    /// <summary>The root must be the trusted one: same subject, same key, and signed with it.</summary>
    public CheckFailure? CheckRoot(DcapTrustAnchor anchor)
    {
        if (Root.Der.Span.SequenceEqual(anchor.Root.Der.Span))
        {
            // Its own signature was checked when it became an anchor.
            return null;
        }

        bool sameName = Root.Subject.Span.SequenceEqual(anchor.Root.Subject.Span);
        bool sameKey = Root.PublicKey.Span.SequenceEqual(anchor.Root.PublicKey.Span);
        if (sameName && sameKey)
        {
            return IsSelfIssued(Root) && Root.IsSignedBy(Root.PublicKey)
                ? null
                : CheckFailure.Untrusted($"the root {anchor.Name}, signed by itself", "the root's name and key, but another signature");
        }

        string found = sameName ? "a root of that name with another key" : $"the root {Root.SubjectText}";
        return CheckFailure.Untrusted($"the root {anchor.Name}", found) with
        {
            Remedy = RootRemedy(anchor),
        };
    }

    /// <summary>Each certificate must be issued and signed by the next one, and each must have the right to what it did.</summary>
    public CheckFailure? CheckPath() =>
        CheckAuthority(Root, authoritiesBelow: 1)
        ?? CheckIssued(Authority, Root)
        ?? CheckAuthority(Authority, authoritiesBelow: 0)
        ?? CheckIssued(Leaf, Authority)
        ?? CheckLeaf();

    /// <summary>The leaf must say which platform it stands for.</summary>
    public CheckFailure? CheckPck() =>
        Leaf.Extensions.Sgx is not { } extension
            ? CheckFailure.Untrusted($"a PCK certificate, with the extension {PckExtension.Oid}", $"{Leaf.SubjectText}, without it")
            : PckExtension.TryParse(extension, out _, out string? fault)
                ? null
                : CheckFailure.Untrusted($"a PCK certificate, with a complete extension {PckExtension.Oid}", fault);

    /// <summary>All certificates must be valid now.</summary>
    public CheckFailure? CheckValidity(DateTimeOffset now)
    {
        foreach (Certificate certificate in (ReadOnlySpan<Certificate>)[Root, Authority, Leaf])
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

    private static bool IsSelfIssued(Certificate certificate) => certificate.Issuer.Span.SequenceEqual(certificate.Subject.Span);

    private static CheckFailure? CheckIssued(Certificate certificate, Certificate issuer)
    {
        if (!certificate.Issuer.Span.SequenceEqual(issuer.Subject.Span))
        {
            return CheckFailure.Untrusted(
                $"{certificate.SubjectText} issued by {issuer.SubjectText}",
                $"the issuer {certificate.IssuerText} (names are compared byte by byte)");
        }

        return certificate.IsSignedBy(issuer.PublicKey)
            ? null
            : CheckFailure.Untrusted($"{certificate.SubjectText} signed by {issuer.SubjectText}", "a signature that is not by its key");
    }

    private static CheckFailure? CheckAuthority(Certificate certificate, int authoritiesBelow) =>
        certificate.Extensions switch
        {
            { IsAuthority: false } => CheckFailure.Untrusted($"{certificate.SubjectText} to be a CA", "a certificate that is no CA"),
            { MaySignCertificates: false } => CheckFailure.Untrusted($"{certificate.SubjectText} to have key usage keyCertSign", "a certificate without it"),
            { PathLength: { } length } when length < authoritiesBelow => CheckFailure.Untrusted(
                $"{certificate.SubjectText} to allow {authoritiesBelow} CA below it", $"a path length of {length}"),
            _ => null,
        };

    private CheckFailure? CheckLeaf() =>
        Leaf.Extensions switch
        {
            { IsAuthority: true } or { MaySignCertificates: true } => CheckFailure.Untrusted("a PCK certificate, which is no CA", $"{Leaf.SubjectText}, a CA"),
            { MaySignData: false } => CheckFailure.Untrusted($"{Leaf.SubjectText} to have key usage digitalSignature", "a certificate without it"),
            _ => null,
        };

    private string RootRemedy(DcapTrustAnchor anchor) => (IsSimulation: DevelopmentRoot.Is(Root), anchor.IsSimulation) switch
    {
        (true, false) => "The quote was made by simulation, and this verifier is not in simulation. Run the service in a trusted execution environment, "
            + "or start the verifying side in simulation explicitly.",
        (true, true) => "The quote was made by another simulation. Let both sides use the same simulation folder, "
            + "or give this verifier the other one's root certificate.",
        (false, true) => "This verifier is in simulation and trusts the development root alone. "
            + "To verify quotes of real platforms, start it without simulation.",
        _ => "The quote's certificates lead to a root that is not trusted here. Quotes of real platforms lead to Intel SGX Root CA.",
    };
}
