using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The certificates of a quote: PCK certificate, PCK CA, root.</summary>
internal sealed class PckChain
{
    private const int Length = 3;

    private PckExtension? _platform;

    private PckChain(Certificate leaf, Certificate authority, Certificate root)
    {
        Leaf = leaf;
        Authority = authority;
        Root = root;
    }

    public Certificate Leaf { get; }

    public Certificate Authority { get; }

    public Certificate Root { get; }

    /// <summary>Which platform the leaf stands for.</summary>
    /// <exception cref="InvalidOperationException"><see cref="CheckPck"/> did not pass before.</exception>
    public PckExtension Platform => _platform ?? throw new InvalidOperationException("The PCK certificate was not checked.");

    /// <summary>The name of the PCK CA in Intel's API: <c>platform</c> or <c>processor</c>.</summary>
    public string AuthorityKind => Authority.SubjectText.Contains("Processor", StringComparison.Ordinal) ? "processor" : "platform";

    /// <summary>Takes the chain out of a quote, or out of the collateral if the quote only names its platform.</summary>
    public static bool TryRead(
        DcapQuote quote,
        DcapCollateral? collateral,
        [NotNullWhen(true)] out PckChain? chain,
        [NotNullWhen(false)] out CheckFailure? failure)
    {
        chain = null;
        ReadOnlyMemory<byte>? pem = quote.CertificationType switch
        {
            DcapQuote.PemChainType => quote.CertificationData,
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
        if (!CertificatePath.TryReadPem(pem, IntelCertificates.Profile, out List<Certificate>? certificates, out failure))
        {
            return false;
        }

        if (certificates.Count != Length)
        {
            failure = CheckFailure.Untrusted("three certificates: PCK, PCK CA, root", $"{certificates.Count}");
            return false;
        }

        // Intel's order is PCK, PCK CA, root; some platforms put the root second.
        chain = CertificatePath.IsSelfIssued(certificates[1]) && !CertificatePath.IsSelfIssued(certificates[2])
            ? new PckChain(certificates[0], certificates[2], certificates[1])
            : new PckChain(certificates[0], certificates[1], certificates[2]);
        return true;
    }

    /// <summary>The root must be the trusted one: same subject, same key, and signed with it.</summary>
    public CheckFailure? CheckRoot(DcapTrustAnchor anchor) => CertificatePath.CheckRoot(Root, anchor.Root, RootRemedy(anchor));

    /// <summary>Each certificate must be issued and signed by the next one, and each must have the right to what it did.</summary>
    public CheckFailure? CheckPath() =>
        CertificatePath.CheckAuthority(Root, authoritiesBelow: 1)
        ?? CertificatePath.CheckIssued(Authority, Root)
        ?? CertificatePath.CheckAuthority(Authority, authoritiesBelow: 0)
        ?? CertificatePath.CheckIssued(Leaf, Authority)
        ?? CheckLeaf();

    /// <summary>The leaf must say which platform it stands for.</summary>
    public CheckFailure? CheckPck() =>
        !Leaf.Extensions.Others.TryGetValue(PckExtension.Oid, out ReadOnlyMemory<byte> extension)
            ? CheckFailure.Untrusted($"a PCK certificate, with the extension {PckExtension.Oid}", $"{Leaf.SubjectText}, without it")
            : PckExtension.TryParse(extension, out _platform, out string? fault)
                ? null
                : CheckFailure.Untrusted($"a PCK certificate, with a complete extension {PckExtension.Oid}", fault);

    /// <summary>All certificates must be valid now.</summary>
    public CheckFailure? CheckValidity(DateTimeOffset now) => CertificatePath.CheckValidity([Root, Authority, Leaf], now);

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
