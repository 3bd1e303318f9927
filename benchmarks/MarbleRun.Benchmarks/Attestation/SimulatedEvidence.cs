using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Benchmarks.Attestation;

/// <summary>
/// A quote of a simulation with its collateral, judged as a real one: the anchor asks for everything that Intel's root is asked for.
/// </summary>
internal sealed class SimulatedEvidence : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("marblerun-benchmark-");

    public SimulatedEvidence(TeeType tee)
    {
        SimulationPlatform platform = SimulationPlatform.Open(_folder.FullName);
        var app = new AppMeasurement { UniqueId = new string('a', 64), SignerId = platform.SignerId, ProductId = 3, SecurityVersion = 7 };
        var td = new TdMeasurement { MrTd = new string('b', 96) };
        var reportData = ReportData.ForCertificate("a certificate"u8);
        IQuoteIssuer issuer = tee == TeeType.Tdx ? platform.CreateTdxIssuer(td) : platform.CreateIssuer(app);
        Quote = issuer.IssueAsync(reportData).AsTask().GetAwaiter().GetResult();
        Collateral = platform.CreateCollateral(tee);
        Anchor = DcapTrustAnchor.FromCertificate(platform.TrustAnchor.Certificate.Span);
        PackageProperties package = tee == TeeType.Tdx ? td.ToPackageProperties() : app.ToSignerProperties();
        Expectation = new QuoteExpectation { ReportData = reportData, Package = package };
    }

    public Quote Quote { get; }

    public DcapCollateral Collateral { get; }

    public DcapTrustAnchor Anchor { get; }

    public QuoteExpectation Expectation { get; }

    /// <summary>The public key of the PCK certificate in the quote.</summary>
    public ECDsa ExportPckKey()
    {
        string text = Encoding.ASCII.GetString(Quote.RawData.Span);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(
            text.AsSpan(text.IndexOf("-----BEGIN", StringComparison.Ordinal)));
        return certificate.GetECDsaPublicKey()!;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
