using System.CommandLine;
using MarbleRun.Attestation;
using MarbleRun.Cli.Collateral;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Cli.Doctor.Marbles;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Quotes;

namespace MarbleRun.Cli.Doctor;

/// <summary><c>marblerun doctor</c>.</summary>
internal static class DoctorCommands
{
    public static Command Create()
    {
        var address = new Argument<string?>("address")
        {
            Description = "The client address of a Coordinator, host:port; without it, only this machine is examined.",
            HelpName = "ADDR",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var metrics = new Option<string?>("--metrics")
        {
            Description = "The metrics port of the Coordinator, http://host:port: readiness, generation and the latency of the store.",
            HelpName = "URL",
        };
        var folder = new Option<string?>("--folder")
        {
            Description = "A folder whose disk is measured: a temporary file of 4 KiB is written there 21 times, and removed. Default: the "
                + "space of the seal directory (EDG_COORDINATOR_SEAL_DIR) is looked at, and nothing is written.",
            HelpName = "PATH",
        };
        var quote = new Option<string?>("--quote")
        {
            Description = "A quote or report of another machine, to examine its platform instead of this one.",
            HelpName = "FILE",
        };
        var app = new Option<string?>("--app")
        {
            Description = "An app that was built or published, its assembly (.dll) or its folder, to see which Coordinator the build "
                + "embedded as trusted. Its code is not loaded. Default: marble-trust.json of the working directory is looked at.",
            HelpName = "PATH",
        };
        var command = new Command(
            "doctor",
            "Examines this machine and a Coordinator, and says what to do. Changes nothing, and needs no root. Exit code 0: all is good, "
            + "1: warnings, 2: errors.")
        {
            address, metrics, folder, quote, app, GlobalOptions.Simulation, GlobalOptions.Collateral, GlobalOptions.TrustedRoot,
            FormatOption.Create(),
        };
        command.SetExamples(
            "marblerun doctor",
            "marblerun doctor localhost:4433 --simulation",
            "marblerun doctor coordinator.example:4433 --era-config era.json --collateral https://localhost:8081 --format json",
            "marblerun doctor --app publish/Backend.dll",
            "marblerun doctor --folder /var/lib/marblerun --metrics http://localhost:9944");
        return command.SetRun(async run =>
        {
            ParseResult arguments = run.Arguments;
            string? coordinator = arguments.GetValue(address);
            CoordinatorAccess? access = coordinator is null ? null : CoordinatorAccess.For(run, coordinator);
            bool simulation = arguments.GetValue(GlobalOptions.Simulation);

            // Another command would create the simulation of this machine; this one changes nothing.
            bool lacksSimulation = simulation && !CommandEnvironment.Current.HasSimulation();
            string? collateral = GlobalOptions.ReadCollateral(arguments);
            var options = new DoctorOptions
            {
                Address = coordinator,
                Attest = access is null ? null : lacksSimulation ? RefuseSimulation : () => access.AttestAsync(PinUse.Ignore),
                Metrics = ReadMetrics(arguments.GetValue(metrics)),
                Folder = arguments.GetValue(folder) is { } path ? CommandEnvironment.Current.Resolve(path) : null,
                App = arguments.GetValue(app) is { } file ? AppFile.Find(file) : null,
                Collateral = collateral,
                Evidence = await ReadQuoteAsync(arguments.GetValue(quote), run.CancellationToken),
                Anchors = await CollateralAnchors.ReadAsync(
                    arguments.GetValue(GlobalOptions.TrustedRoot), simulation && !lacksSimulation, run.CancellationToken),
                Simulation = simulation,
            };
            DoctorReport report = await DoctorRun.RunAsync(
                ThisMachine.Current ?? new SystemMachine(run.Clock), options, run.CancellationToken);
            await run.WriteAsync(report);
            return report.ExitCode;
        });
    }

    private static Task<AttestedCoordinator> RefuseSimulation() => throw new InputException(
        "this user has no simulation on this machine, whose root a simulated Coordinator's quote is under. A Coordinator or an app of "
        + "this user that starts in simulation creates it; or set MARBLERUN_SIMULATION_DIR to the folder of theirs.");

    private static Uri? ReadMetrics(string? text) =>
        text is null ? null
        : Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" ? address
        : throw new InputException($"--metrics {text} is not a URL like http://localhost:9944.");

    private static async Task<Quote?> ReadQuoteAsync(string? file, CancellationToken cancellationToken) =>
        file is null ? null : (await EvidenceInput.ReadAsync(file, EvidenceInput.Auto, cancellationToken)).Quote;
}
