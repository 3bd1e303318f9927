using System.CommandLine;
using System.CommandLine.Invocation;
using MarbleRun.Cli.Audit;
using MarbleRun.Cli.Certificates;
using MarbleRun.Cli.Collateral;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Dashboard;
using MarbleRun.Cli.Deployment;
using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Help;
using MarbleRun.Cli.Manifests;
using MarbleRun.Cli.Marbles;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Packages;
using MarbleRun.Cli.Quotes;
using MarbleRun.Cli.Recovery;
using MarbleRun.Cli.Secrets;
using MarbleRun.Cli.SelfTests;
using MarbleRun.Cli.Signatures;

namespace MarbleRun.Cli;

/// <summary>Defines the commands, and the results of a run.</summary>
internal static class CommandLine
{
    private static readonly Lazy<RootCommand> s_root = new(Create);

    /// <summary>
    /// The commands. They are made once in a process: options that several commands share keep a reference to each of their commands.
    /// </summary>
    public static RootCommand Root => s_root.Value;

    public static async Task<int> RunAsync(
        IReadOnlyList<string> args, InvocationConfiguration console, CancellationToken cancellationToken = default)
    {
        // Without a command, the program shows the help.
        ParseResult result = Root.Parse(args.Count == 0 ? ["--help"] : args);
        var configuration = new InvocationConfiguration
        {
            Output = new SafeWriter(console.Output),
            Error = new SafeWriter(console.Error),
            EnableDefaultExceptionHandler = false,

            // Signals are those of the program, which knows which one came.
            ProcessTerminationTimeout = null,
        };

        // Completion asks about command lines that have errors.
        if (result.Action is ParseErrorAction)
        {
            await configuration.Error.WriteLineAsync($"Error: {Mistakes.Describe(result)}");
            return ExitCodes.Usage;
        }

        try
        {
            return await result.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception e) when (Failures.TryDescribe(e, out int exitCode, out string? message))
        {
            await configuration.Error.WriteLineAsync(message);
            return exitCode;
        }
    }

    private static RootCommand Create()
    {
        Command manifest = ManifestCommands.Create();
        DeploymentCommands.AddTo(manifest);
        manifest.Subcommands.Add(SignatureCommands.CreateSign());
        manifest.Subcommands.Add(SignatureCommands.CreateVerify());
        var root = new RootCommand(
            "Operates a MarbleRun Coordinator; checks, converts and signs manifests; verifies evidence and audit trails.")
        {
            RecoveryCommands.CreateRecover(), RecoveryCommands.CreateRecoverWithSignature(), RecoveryCommands.Create(),
            CollateralCommands.Create(), DoctorCommands.Create(),
            DashboardCommands.Create(),
            manifest, StatusCommand.Create(), SecretCommands.Create(), CertificateCommands.Create(), MarbleCommands.Create(),
            QuoteCommands.Create(), AuditCommands.Create(), SelfTestCommands.Create(), PackageInfoCommand.Create(),
        };
        HelpCommands.AddTo(root);
        GlobalOptions.AddTo(root);
        OptionDefaults.AddTo(root);
        ExamplesFirstHelp.AddTo(root);
        return root;
    }
}
