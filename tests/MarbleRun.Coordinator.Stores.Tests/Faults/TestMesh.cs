using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>The manifest that the clients use, its user, and the machine that their quotes are from.</summary>
internal sealed class TestMesh : IDisposable
{
    /// <summary>How many Marble types with a limit there are: <c>counted0</c> and so on.</summary>
    public const int CountedTypes = 8;

    /// <summary>The limit of each.</summary>
    public const int MaxActivations = 12;

    /// <summary>A type with a limit that no test reaches.</summary>
    public const string LargeType = "large";

    /// <summary>The names of pairs of secrets: <c>x</c> is <c>x_a</c> and <c>x_b</c>, which are always written together.</summary>
    public static readonly string[] Pairs = ["x", "y"];

    private readonly SimulationPlatform _platform;

    public TestMesh(string simulationDirectory)
    {
        _platform = SimulationPlatform.Open(simulationDirectory);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=admin", key, HashAlgorithmName.SHA256);
        Admin = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public X509Certificate2 Admin { get; }

    public object Manifest => new
    {
        Packages = new
        {
            app = new { UniqueID = $"{_platform.MeasureRunningProcess().UniqueId}" },
            versioned = new { SignerID = new string('1', 64), ProductID = 1, SecurityVersion = 0 },
        },
        Marbles = new Dictionary<string, object>(Enumerable.Range(0, CountedTypes).Select(i =>
            KeyValuePair.Create($"counted{i}", (object)new { Package = "app", MaxActivations })))
        {
            ["web"] = new
            {
                Package = "app",
                Parameters = new
                {
                    Env = Pairs.SelectMany(p => (string[])[$"{p}_a", $"{p}_b"]).ToDictionary(n => n, n => $"{{{{ string .Secrets.{n} }}}}"),
                },
            },
            [LargeType] = new { Package = "app", MaxActivations = 1_000_000 },
            ["plain"] = new { Package = "app" },
        },
        Secrets = Pairs.SelectMany(p => (string[])[$"{p}_a", $"{p}_b"]).ToDictionary(
            n => n, _ => new { Type = "plain", UserDefined = true }),
        Users = new { admin = new { Certificate = Admin.ExportCertificatePem(), Roles = (string[])["raise", "write"] } },
        Roles = new
        {
            raise = new
            {
                ResourceType = "Packages",
                ResourceNames = (string[])["versioned"],
                Actions = (string[])["UpdateSecurityVersion"],
            },
            write = new
            {
                ResourceType = "Secrets",
                ResourceNames = Pairs.SelectMany(p => (string[])[$"{p}_a", $"{p}_b"]),
                Actions = (string[])["WriteSecret", "ReadSecret"],
            },
        },
        Config = new { FeatureGates = (string[])["MonotonicCounter"] },
    };

    public async Task<byte[]> QuoteAsync(X509Certificate2 certificate, CancellationToken cancellationToken) =>
        (await _platform
            .CreateIssuer(_platform.MeasureRunningProcess())
            .IssueAsync(ReportData.ForCertificate(certificate.RawData), cancellationToken)).ToEvidence().ToArray();

    public void Dispose() => Admin.Dispose();
}
