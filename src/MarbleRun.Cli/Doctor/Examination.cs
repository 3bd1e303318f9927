using MarbleRun.Attestation;
using MarbleRun.Cli.Doctor.Collaterals;
using MarbleRun.Cli.Doctor.Coordinators;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Tee;

namespace MarbleRun.Cli.Doctor;

/// <summary>One run: what several checks need is looked up once.</summary>
internal sealed class Examination
{
    private const string ConfigFsTsm = "/sys/kernel/config/tsm/report";

    private readonly Lazy<TeeFacts> _tee;
    private readonly Lazy<Task<EvidenceFacts>> _evidence;
    private readonly Lazy<Task<CoordinatorFacts>> _coordinator;
    private readonly Lazy<Task<MetricsFacts>> _metrics;
    private readonly Lazy<Task<IReadOnlyList<CollateralFacts>>> _collateral;

    /// <param name="machine">The surroundings.</param>
    /// <param name="options">What the user named.</param>
    /// <param name="cancellationToken">Ends all that is in progress.</param>
    public Examination(IMachine machine, DoctorOptions options, CancellationToken cancellationToken)
    {
        Machine = machine;
        Options = options;
        _tee = new Lazy<TeeFacts>(machine.Tee.Look);
        _evidence = new Lazy<Task<EvidenceFacts>>(() => Task.Run(GetEvidence, cancellationToken));
        _coordinator = new Lazy<Task<CoordinatorFacts>>(() => CoordinatorProbe.RunAsync(machine, options, cancellationToken));
        _metrics = new Lazy<Task<MetricsFacts>>(() => MetricsProbe.RunAsync(machine, options, cancellationToken));
        _collateral = new Lazy<Task<IReadOnlyList<CollateralFacts>>>(() => CollateralProbe.RunAsync(this, cancellationToken));
    }

    public IMachine Machine { get; }

    public DoctorOptions Options { get; }

    public DateTimeOffset Now => Machine.Clock.GetUtcNow();

    public TeeFacts Tee => _tee.Value;

    public bool HasConfigFsTsm => Machine.Files.Exists(ConfigFsTsm);

    /// <summary>Whether the kernel is that of a confidential virtual machine.</summary>
    public bool IsConfidentialMachine => HasConfigFsTsm || Machine.Files.Exists("/dev/tdx_guest") || Machine.Files.Exists("/dev/sev-guest");

    /// <summary>Whether this looks like the place of a Marble or a Coordinator in production, and not like a desk.</summary>
    public bool IsProduction => Tee.Exists || IsConfidentialMachine || HasVariable("EDG_MARBLE_TYPE");

    /// <summary>Evidence of this machine, or the one that the user named.</summary>
    public Task<EvidenceFacts> EvidenceAsync() => _evidence.Value;

    /// <summary>The Coordinator; only with an address.</summary>
    public Task<CoordinatorFacts> CoordinatorAsync() => _coordinator.Value;

    /// <summary>The Coordinator's metrics; only with their address.</summary>
    public Task<MetricsFacts> MetricsAsync() => _metrics.Value;

    /// <summary>The collateral of all evidence that is known.</summary>
    public Task<IReadOnlyList<CollateralFacts>> CollateralAsync() => _collateral.Value;

    /// <summary>The value of a variable; null if it is not set or empty.</summary>
    public string? Variable(string name) => Machine.Variables.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    public bool HasVariable(string name) => Variable(name) is not null;

    private EvidenceFacts GetEvidence()
    {
        if (Options.Evidence is { } named)
        {
            return new EvidenceFacts(named, Fault: null);
        }

        if (!Tee.Capabilities.HasFlag(TeeCapabilities.Evidence))
        {
            return new EvidenceFacts(Quote: null, Fault: null);
        }

        try
        {
            return new EvidenceFacts(Machine.Tee.GetEvidence(), Fault: null);
        }
        catch (TeeException e)
        {
            return new EvidenceFacts(Quote: null, e.Message);
        }
    }
}

/// <summary>Evidence, or the reason why it is missing; both null where no environment offers it.</summary>
internal sealed record EvidenceFacts(Quote? Quote, string? Fault);
