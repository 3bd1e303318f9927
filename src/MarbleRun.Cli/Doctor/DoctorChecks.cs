using MarbleRun.Cli.Doctor.Collaterals;
using MarbleRun.Cli.Doctor.Coordinators;
using MarbleRun.Cli.Doctor.Hosts;
using MarbleRun.Cli.Doctor.Marbles;
using MarbleRun.Cli.Doctor.Platforms;

namespace MarbleRun.Cli.Doctor;

/// <summary>All checks, in the order of the report. docs/operations/doctor.md has a row for each.</summary>
internal static class DoctorChecks
{
    public static IReadOnlyList<DoctorCheck> All { get; } =
    [
        new SystemCheck(),
        new InterfacesCheck(),
        new EnvironmentCheck(),
        new KernelCheck(),
        new ConfigFsCheck(),
        new RightsCheck(),
        new SgxDevicesCheck(),
        new LibraryCheck(),
        new EvidenceCheck(),
        new SealingCheck(),

        new SourceCheck(),
        new GenuineCheck(),
        new AgeCheck(),
        new EndCheck(),
        new TcbCheck(),
        new EarlyCheck(),
        new SetCheck(),

        new ClockSanityCheck(),
        new CoordinatorClockCheck(),
        new SignedTimeCheck(),

        new OpenSslVersionCheck(),
        new SignatureSpeedCheck(),

        new FrameworkCheck(),
        new DiagnosticsCheck(),
        new DumpsCheck(),

        new FolderCheck(),
        new SpaceCheck(),
        new FileSystemCheck(),
        new DurableWriteCheck(),

        new ReachableCheck(),
        new ModeCheck(),
        new QuoteCheck(),
        new CertificatesCheck(),
        new PhaseCheck(),
        new ApiCheck(),
        new ReadyCheck(),
        new GenerationCheck(),
        new StoreCheck(),

        new TypeCheck(),
        new MeshCheck(),
        new NamesCheck(),
        new UuidCheck(),
        new SimulationCheck(),
        new VariablesCheck(),
        new TrustFileCheck(),
    ];

    /// <summary>The groups with their titles.</summary>
    public static IReadOnlyDictionary<string, string> Titles { get; } = new Dictionary<string, string>
    {
        ["platform"] = "Platform",
        ["collateral"] = "Collateral",
        ["clock"] = "Clock",
        ["openssl"] = "OpenSSL",
        ["runtime"] = ".NET",
        ["disk"] = "Disk",
        ["coordinator"] = "Coordinator",
        ["marble"] = "Marble",
    };
}
