using System.Collections;
using MarbleRun.Activation;

namespace MarbleRun.Premain;

/// <summary>Makes this process a Marble, and then the service.</summary>
internal static class Launcher
{
    private const string GramineKeys = "/dev/attestation/keys";

    /// <summary>Returns never: the service takes the place of this process.</summary>
    /// <exception cref="LaunchException">The service cannot be started.</exception>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    public static void Run(IReadOnlyList<string> arguments)
    {
        var options = LaunchOptions.Parse(arguments);
        var settings = LaunchSettings.Read(AppContext.BaseDirectory);
        CoordinatorTrust? trust = LaunchSettings.ReadTrust(AppContext.BaseDirectory);
        LibraryOs libraryOs = NativeLaunch.FindLibraryOs();
        if (options.Program is [_, ..])
        {
            // Before the activation, of which there may be few.
            ServiceCommand.Choose(options.Program, ["./marble"], libraryOs, string.Empty, null).RequireProgram();
        }

        // On this thread: Gramine replaces a program only from the first one.
        IList<string> roots = [];
        MarbleActivation activation = MarbleActivator.ActivateAsync(marble =>
        {
            Configure(marble, settings, trust, libraryOs);
            roots = marble.FileRoots;
        }).GetAwaiter().GetResult();

        var command = ServiceCommand.Choose(
            options.Program,
            activation.Parameters.Arguments,
            libraryOs,
            Environment.GetCommandLineArgs()[0],
            Environment.ProcessPath);
        command.RequireProgram();
        if (options is { User: { } user, Group: { } group })
        {
            FileOwners.Change(activation.Parameters.Files, roots, user, group);
        }

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

    private static void Configure(MarbleOptions marble, LaunchSettings settings, CoordinatorTrust? trust, LibraryOs libraryOs)
    {
        marble.CoordinatorTrust = trust ?? throw new LaunchException(
            $"No marble-trust.json is in '{AppContext.BaseDirectory}', so that no Coordinator is trusted. Put one beside the launcher, "
            + "where it is measured; \"Trust in the Coordinator\" in the first guide says what it contains.");
        marble.ExportIdentity = true;
        foreach (string root in settings.FileRoots)
        {
            marble.FileRoots.Add(root);
        }

        if (libraryOs == LibraryOs.Gramine)
        {
            marble.FileRoots.Add(GramineKeys);
        }

        foreach (string name in settings.AllowedVariables)
        {
            marble.AllowedVariables.Add(name);
        }
    }
}
