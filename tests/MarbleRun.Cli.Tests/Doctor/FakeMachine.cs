using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Management;
using MarbleRun.Tee;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>A machine that a test describes; without changes it is a Linux machine on which nothing is wrong.</summary>
internal sealed class FakeMachine : IMachine, IMachineFiles, IMachineNetwork, IMachineTee
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Files, devices and folders with their content.</summary>
    public Dictionary<string, string> Paths { get; } = new()
    {
        ["/proc/self/status"] = "CapEff:\t0000000000000002\n",
        ["/proc/self/limits"] = "Max core file size        0                    unlimited            bytes\n",
        ["/proc/mounts"] = "configfs /sys/kernel/config configfs rw 0 0\n",
    };

    public HashSet<string> Closed { get; } = [];

    public Dictionary<string, FolderFacts> Folders { get; } = [];

    public DurableWrites? Writes { get; set; } = new(21, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2));

    public TeeFacts Tee { get; set; } = new() { Failure = TeeStatus.NotFound, Message = "not found" };

    public Func<Quote>? Evidence { get; set; }

    public ServerFacts Server { get; set; } = new(ServerKind.Tls, string.Empty);

    /// <summary>Pages by path and query; others are not there.</summary>
    public Dictionary<string, PageFacts> Pages { get; } = [];

    public CoordinatorEvidence? CoordinatorEvidence { get; set; }

    public Func<CollateralUpdate, ICollateralProvider>? Collateral { get; set; }

    public MachineRuntime Runtime { get; set; } = new(
        "Linux of a test", IsLinux: true, new Version(6, 16), Architecture.X64, new Version(10, 0, 1), OpenSsl: 0x30500040);

    public SignatureSpeed Speed { get; set; } = new(20_000, 8_000);

    public string? MeasuredCurve { get; private set; }

    public FakeTimeProvider Time { get; } = new(Now);

    public TimeProvider Clock => Time;

    IReadOnlyDictionary<string, string> IMachine.Variables => Variables;

    IMachineFiles IMachine.Files => this;

    IMachineNetwork IMachine.Network => this;

    IMachineTee IMachine.Tee => this;

    public static PageFacts Page(string body, int status = 200, DateTimeOffset? date = null) =>
        new(status, body, date ?? Now, Now, Now + TimeSpan.FromMilliseconds(20));

    /// <summary>Makes this a machine of a TD or of SEV-SNP that works.</summary>
    public FakeMachine InTee(string provider = "tdx_guest", TeeCapabilities capabilities = TeeCapabilities.Evidence)
    {
        Tee = new TeeFacts { Provider = provider, Backend = TeeBackend.ConfigFsTsm, Capabilities = capabilities };
        Paths["/sys/kernel/config/tsm/report"] = string.Empty;
        Paths[provider == "tdx_guest" ? "/dev/tdx_guest" : "/dev/sev-guest"] = string.Empty;
        return this;
    }

    /// <summary>The findings of one check.</summary>
    public async Task<IReadOnlyList<Finding>> FindAllAsync(string id, DoctorOptions? options = null)
    {
        DoctorCheck check = DoctorChecks.All.Single(c => c.Id == id);
        DoctorReport report = await DoctorRun.RunAsync(
            [check], this, options ?? new DoctorOptions(), TestContext.Current.CancellationToken);
        return report.Findings;
    }

    /// <summary>The only finding of one check; null if the check does not apply.</summary>
    public async Task<Finding?> FindAsync(string id, DoctorOptions? options = null) =>
        (await FindAllAsync(id, options)) is { Count: > 0 } findings ? Assert.Single(findings) : null;

    public SignatureSpeed MeasureSignatures(string curve)
    {
        MeasuredCurve = curve;
        return Speed;
    }

    public bool Exists(string path) => Paths.ContainsKey(path) || Folders.ContainsKey(path);

    public string? ReadText(string path) => Paths.GetValueOrDefault(path);

    public Stream? Open(string path) => File.Exists(path) ? File.OpenRead(path) : null;

    public bool CanOpen(string path, FileAccess access) => Exists(path) && !Closed.Contains(path);

    public FolderFacts? LookAt(string folder) => Folders.GetValueOrDefault(folder);

    public DurableWrites MeasureDurableWrites(string folder, CancellationToken cancellationToken) =>
        Writes ?? throw new UnauthorizedAccessException("denied");

    public TeeFacts Look() => Tee;

    public Quote GetEvidence() => Evidence?.Invoke() ?? throw new TeeException("The platform is busy.");

    public Task<ServerFacts> ConnectAsync(string host, int port, CancellationToken cancellationToken) => Task.FromResult(Server);

    public Task<PageFacts> GetAsync(Uri address, CancellationToken cancellationToken) =>
        Pages.TryGetValue(address.PathAndQuery, out PageFacts? page) ? Task.FromResult(page)
        : Pages.Count == 0 ? throw new HttpRequestException("no answer")
        : Task.FromResult(Page("not found", status: 404));

    public Task<CoordinatorEvidence> GetEvidenceAsync(string address, CancellationToken cancellationToken) =>
        CoordinatorEvidence is { } evidence ? Task.FromResult(evidence) : throw new CoordinatorException("no quote");

    public ICollateralProvider OpenCollateral(string source, CollateralUpdate update) =>
        Collateral?.Invoke(update) ?? throw new InvalidOperationException("No collateral was given.");
}
