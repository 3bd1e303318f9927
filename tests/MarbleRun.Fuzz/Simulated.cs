using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Fuzz;

/// <summary>
/// Genuine evidence and collateral of a simulation, which lives beside the program so that seeds and fuzzing use the same one.
/// </summary>
internal static class Simulated
{
    private static readonly string s_directory = Path.Combine(AppContext.BaseDirectory, "simulation");

    public static SimulationPlatform Platform { get; } = SimulationPlatform.Open(s_directory);

    public static SimulationMaterial Material { get; } = SimulationStore.Open(Platform.Directory, TimeProvider.System);

    /// <summary>The SGX extension of the platform's certificate, DER.</summary>
    public static ReadOnlyMemory<byte> PckExtension { get; } = Material.Chain.Leaf.Extensions.Others[Attestation.Dcap.PckExtension.Oid];

    public static ReportData ReportData { get; } = ReportData.ForCertificate("fuzz"u8);

    public static byte[] SgxQuote { get; } =
        Issue(Platform.CreateIssuer(
            new AppMeasurement { UniqueId = new string('1', 64), SignerId = Platform.SignerId, ProductId = 1, SecurityVersion = 1 }));

    public static byte[] TdxQuote { get; } = Issue(Platform.CreateTdxIssuer(new TdMeasurement { MrTd = new string('1', 96) }));

    public static DcapCollateral SgxCollateral { get; } = Platform.CreateCollateral();

    public static DcapCollateral TdxCollateral { get; } = Platform.CreateCollateral(TeeType.Tdx);

    /// <summary>A key that signs documents, and its chain.</summary>
    public static (ECDsa Key, byte[] Chain) Signer { get; } = IssueSigner();

    /// <summary>Signs a document as the vendor would.</summary>
    public static DcapSignedDocument Sign(byte[] body) =>
        new(body, Signer.Key.SignData(body, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation), Signer.Chain);

    private static byte[] Issue(IQuoteIssuer issuer) => issuer.IssueAsync(ReportData).AsTask().GetAwaiter().GetResult().RawData.ToArray();

    private static (ECDsa Key, byte[] Chain) IssueSigner()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rootKey = ECDsa.Create(Material.RootKey);
        string chain = DevelopmentAuthority.IssueSigner(key, rootKey, DateTimeOffset.UtcNow) + Platform.TrustAnchor.ToPem() + "\n";
        return (key, Encoding.ASCII.GetBytes(chain));
    }
}
