using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The certificates of a quote: PCK certificate, PCK CA, root.</summary>
internal sealed class PckChain
{
    private const int Length = 3;

    private PckExtension? _platform;
    private DcapPlatform? _description;
    private KeptEcdsaKey? _leafKey;

    private PckChain(Certificate leaf, Certificate authority, Certificate root)
    {
        Leaf = leaf;
        Authority = authority;
        Root = root;
    }

    public Certificate Leaf { get; }

    public Certificate Authority { get; }

    public Certificate Root { get; }

    /// <summary>The platform of the leaf.</summary>
    /// <exception cref="InvalidOperationException"><see cref="CheckPck"/> did not pass before.</exception>
    public PckExtension Platform => _platform ?? throw new InvalidOperationException("The PCK certificate was not checked.");

    /// <summary>The name of the PCK CA in Intel's API: <c>platform</c> or <c>processor</c>.</summary>
    public string AuthorityKind => Authority.SubjectText.Contains("Processor", StringComparison.Ordinal) ? "processor" : "platform";

    /// <summary>Finds the chain, PEM, in a quote, or in the collateral if the quote only names its platform.</summary>
    public static bool TryFind(
        DcapQuote quote, DcapCollateral? collateral, out ReadOnlyMemory<byte> pem, [NotNullWhen(false)] out CheckFailure? failure)
    {
        ReadOnlyMemory<byte>? found = quote.CertificationType switch
        {
            DcapQuote.PemChainType => quote.CertificationData,
            1 or 2 or 3 => collateral?.PckCertificateChain,
            _ => null,
        };
        pem = found.GetValueOrDefault();
        failure = found is null
            ? CheckFailure.Unsupported("certification data type 5 (PCK certificate chain)", $"type {quote.CertificationType}")
            : null;
        return failure is null;
    }

    /// <summary>Reads a chain, PEM.</summary>
    public static bool TryReadPem(
        ReadOnlySpan<byte> pem, [NotNullWhen(true)] out PckChain? chain, [NotNullWhen(false)] out CheckFailure? failure)
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
    public CheckFailure? CheckRoot(DcapTrustAnchor anchor)
    {
        CheckFailure? failure = CertificatePath.CheckRoot(Root, anchor.Root, RootRemedy(anchor));

        // All development roots have the same name: the fingerprint distinguishes two simulations.
        return failure is not null && anchor.IsSimulation && DevelopmentRoot.Is(Root)
            ? failure with
            {
                Expected = $"{failure.Expected} (SHA-256 {Hash(anchor.Root.Der)})",
                Found = $"{failure.Found} (SHA-256 {Hash(Root.Der)})",
            }
            : failure;
    }

    /// <summary>Each certificate must be issued and signed by the next one, and each must be allowed to issue or sign.</summary>
    public CheckFailure? CheckPath() =>
        CertificatePath.CheckAuthority(Root, authoritiesBelow: 1)
        ?? CertificatePath.CheckIssued(Authority, Root)
        ?? CertificatePath.CheckAuthority(Authority, authoritiesBelow: 0)
        ?? CertificatePath.CheckIssued(Leaf, Authority)
        ?? CheckLeaf();

    /// <summary>The leaf must identify its platform.</summary>
    public CheckFailure? CheckPck() =>
        !Leaf.Extensions.Others.TryGetValue(PckExtension.Oid, out ReadOnlyMemory<byte> extension)
            ? CheckFailure.Untrusted($"a PCK certificate, with the extension {PckExtension.Oid}", $"{Leaf.SubjectText}, without it")
            : PckExtension.TryParse(extension, out _platform, out string? fault)
                ? null
                : CheckFailure.Untrusted($"a PCK certificate, with a complete extension {PckExtension.Oid}", fault);

    /// <summary>All certificates must be valid now.</summary>
    public CheckFailure? CheckValidity(DateTimeOffset now) => CertificatePath.CheckValidity([Root, Authority, Leaf], now);

    /// <summary>Whether the platform's key signed the data.</summary>
    public bool VerifyByLeaf(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        _leafKey?.Verify(data, signature) ?? EcdsaP256.Verify(Leaf.PublicKey.Span, data, signature);

    /// <summary>Keeps the platform's key imported after its next use, for a chain that is used again.</summary>
    public void KeepLeafKey() => _leafKey ??= new KeptEcdsaKey(Leaf.PublicKey);

    /// <summary>The claims of the chain about the machine, trusted or not.</summary>
    /// <param name="qeSvn">The SVN of the quoting enclave, which only the quote contains.</param>
    public DcapPlatform Describe(ushort qeSvn)
    {
        _description ??= new DcapPlatform
        {
            Fmspc = Convert.ToHexString(Platform.Fmspc.Span),
            PceId = Convert.ToHexString(Platform.PceId.Span),
            TcbComponents = [.. Platform.TcbComponents.Span],
            PceSvn = Platform.PceSvn,
            QeSvn = qeSvn,
            PpidHash = Hash(Platform.Ppid),
            PlatformInstanceIdHash = Platform.PlatformInstanceId is { } id ? Hash(id) : null,
            SgxType = Platform.SgxType,
            DynamicPlatform = Platform.DynamicPlatform,
            CachedKeys = Platform.CachedKeys,
            SmtEnabled = Platform.SmtEnabled,
            RootCaHash = Hash(Root.Der),
        };
        return _description with { QeSvn = qeSvn };
    }

    private static string Hash(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes.Span));

    private CheckFailure? CheckLeaf() =>
        Leaf.Extensions switch
        {
            { IsAuthority: true } or { MaySignCertificates: true } =>
                CheckFailure.Untrusted("a PCK certificate, which is not a CA", $"{Leaf.SubjectText}, a CA"),
            { MaySignData: false } =>
                CheckFailure.Untrusted($"{Leaf.SubjectText} to have key usage digitalSignature", "a certificate without it"),
            _ => null,
        };

    private string RootRemedy(DcapTrustAnchor anchor) => (IsSimulation: DevelopmentRoot.Is(Root), anchor.IsSimulation) switch
    {
        (true, false) =>
            "The quote was made by simulation, and this verifier is not in simulation. Run the service in a trusted execution environment, "
                + "or start the verifying side in simulation explicitly (\"marblerun quote verify\": --simulation).",
        (true, true) =>
            "The quote was made by another simulation. Let both sides use the same simulation folder, which the variable "
                + "MARBLERUN_SIMULATION_DIR names (without it: marblerun/simulation in the local application data of each user), or give "
                + "this verifier the other one's root certificate.",
        (false, true) => "This verifier is in simulation and trusts the development root alone. "
            + "To verify quotes of real platforms, start it without simulation.",
        _ => "The quote's certificates lead to a root that is not trusted here. Quotes of real platforms lead to Intel SGX Root CA.",
    };
}

/// <summary>A public key for many verifications, which is rarely imported. It is thread-safe.</summary>
/// <remarks>
/// The documentation of <see cref="ECDsa"/> does not guarantee thread safety of instances, so each use removes an imported key and returns
/// it afterwards. If no key is available, one is imported; if the place is taken when it is returned, it is disposed.
/// </remarks>
/// <param name="publicKey">x then y, 64 bytes.</param>
internal sealed class KeptEcdsaKey(ReadOnlyMemory<byte> publicKey)
{
    private const int MostIdle = 8;

    private readonly ECDsa?[] _idle = new ECDsa?[MostIdle];

    /// <summary>Whether the signature is valid. No signature is valid for a key that is not a point of the curve.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        // Threads are distributed over the places; two threads with the same place only cost an import.
        ref ECDsa? place = ref _idle[(uint)Environment.CurrentManagedThreadId % (uint)_idle.Length];
        ECDsa? key = Interlocked.Exchange(ref place, null) ?? EcdsaP256.TryImport(publicKey.Span);
        if (key is null)
        {
            return false;
        }

        bool isSigned = EcdsaP256.Verify(key, data, signature);
        Interlocked.Exchange(ref place, key)?.Dispose();
        return isSigned;
    }
}
