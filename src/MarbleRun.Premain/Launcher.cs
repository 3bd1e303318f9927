using System.Collections;
using MarbleRun.Activation;

namespace MarbleRun.Premain;

/// <summary>Makes this process a Marble, and then the service.</summary>
internal static class Launcher
{
    private const string GramineKeys = "/dev/attestation/keys";

    /// <summary>Never returns: the service takes the place of this process.</summary>
    /// <exception cref="LaunchException">The service cannot be started.</exception>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    public static void Run(LaunchOptions options, LaunchSettings settings)
    {
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
            activator.QuoteIssuer = new RootIssuer(activator.CreateQuoteIssuer, user, group);
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
        var marble = MarbleOptions.FromEnvironment();
        marble.CoordinatorTrust = trust ?? throw new LaunchException(
            $"No marble-trust.json is in '{AppContext.BaseDirectory}', so that no Coordinator is trusted. Put one beside the launcher, "
            + "where it is measured; \"Trust in the Coordinator\" in the first guide says what it contains.");
        marble.ExportIdentity = true;
        marble.Collateral = settings.Collateral ?? marble.Collateral;
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
}
