using System.Collections;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Tee;

namespace MarbleRun.Premain;

/// <summary>Makes this process a Marble, and then the service.</summary>
internal static class Launcher
{
    private const string GramineKeys = "/dev/attestation/keys";

    /// <summary>Never returns: the service takes the place of this process.</summary>
    /// <exception cref="LaunchException">The service cannot be started.</exception>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    public static void Run(IReadOnlyList<string> arguments)
    {
        var options = LaunchOptions.Parse(arguments);
        var settings = LaunchSettings.Read(AppContext.BaseDirectory);
        MarbleOptions marble = Configure(settings, LaunchSettings.ReadTrust(AppContext.BaseDirectory));
        LibraryOs libraryOs = NativeLaunch.FindLibraryOs();
        if (libraryOs == LibraryOs.Gramine)
        {
            marble.FileRoots.Add(GramineKeys);
        }

        // Before the activation, of which there may be few.
        ServiceCommand Choose(IReadOnlyList<string> manifest) => ServiceCommand.Choose(
            options.Program,
            manifest,
            libraryOs,
            Environment.GetCommandLineArgs()[0],
            Environment.ProcessPath,
            settings.AllowProgram);
        ServiceCommand given = Choose(["./marble"]);
        if (options.Program is [_, ..])
        {
            given.RequireProgram();
        }

        var activator = new MarbleActivatorOptions(marble);
        if (options is { User: { } user, Group: { } group })
        {
            activator.QuoteIssuer = new RootIssuer(() => OpenIssuer(marble), user, group);
            NativeLaunch.UseFilesAs(user, group);
        }

        // On this thread: Gramine replaces a program only from the first one.
        MarbleActivation activation = MarbleActivator.ActivateAsync(activator).GetAwaiter().GetResult();
        ServiceCommand command = Choose(activation.Parameters.Arguments);
        command.RequireProgram();
        IDictionary environment = Environment.GetEnvironmentVariables();
        NativeLaunch.Launch(
            command,
            ServiceEnvironment.Choose(
                environment,
                activation.Parameters.Environment,
                settings,
                keepsAll: libraryOs != LibraryOs.None,
                options.KeepsListeningSockets),
            options.User,
            options.Group,
            options.KeepsListeningSockets ? ServiceEnvironment.CountSockets(environment, Environment.ProcessId) : 0);
    }

    /// <summary>Of the environment only the variables of a Marble count, and no file of the working directory.</summary>
    private static MarbleOptions Configure(LaunchSettings settings, CoordinatorTrust? trust)
    {
        var marble = new MarbleOptions
        {
            CoordinatorTrust = trust ?? throw new LaunchException(
                $"No marble-trust.json is in '{AppContext.BaseDirectory}', so that no Coordinator is trusted. Put one beside the launcher, "
                + "where it is measured; \"Trust in the Coordinator\" in the first guide says what it contains."),
            ExportIdentity = true,
            MarbleType = Read("EDG_MARBLE_TYPE") ?? string.Empty,
            UuidFile = Read("EDG_MARBLE_UUID_FILE"),
            Simulation = Read("OE_SIMULATION") == "1",
            Collateral = settings.Collateral ?? new MarbleCollateral(),
        };
        marble.CoordinatorAddress = Read("EDG_MARBLE_COORDINATOR_ADDR") ?? marble.CoordinatorAddress;
        marble.DnsNames = Read("EDG_MARBLE_DNS_NAMES")?.Split(',') ?? marble.DnsNames;
        foreach (string root in settings.FileRoots)
        {
            marble.FileRoots.Add(root);
        }

        foreach (string name in settings.AllowedVariables)
        {
            marble.AllowedVariables.Add(name);
        }

        return marble;
    }

    private static IQuoteIssuer OpenIssuer(MarbleOptions marble)
    {
        if (!marble.Simulation)
        {
            return TeePlatform.Open().CreateIssuer();
        }

        var platform = SimulationPlatform.Open();
        return platform.CreateIssuer(platform.MeasureRunningProcess());
    }

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
