using System.CommandLine;
using MarbleRun.Cli.Audit;
using MarbleRun.Cli.Manifests;
using MarbleRun.Cli.Quotes;
using MarbleRun.Cli.SelfTests;
using MarbleRun.Cli.Signatures;

namespace MarbleRun.Cli;

/// <summary>Defines the commands, and the results of a run.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, InvocationConfiguration configuration)
    {
        Command manifest = ManifestCommands.Create();
        manifest.Subcommands.Add(SignatureCommands.CreateSign());
        manifest.Subcommands.Add(SignatureCommands.CreateVerify());
        var root = new RootCommand(
            "Checks, converts and signs manifests, verifies attestation evidence and audit trails, tests this machine.")
        {
            manifest, QuoteCommands.Create(), AuditCommands.Create(), SelfTestCommands.Create(),
        };
        // Without a command, the program shows the help.
        ParseResult result = root.Parse(args.Count == 0 ? ["--help"] : args);
        if (result.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in result.Errors)
            {
                await configuration.Error.WriteLineAsync($"error: {error.Message}");
            }

            return ExitCodes.Unreadable;
        }

        try
        {
            return await result.InvokeAsync(configuration);
        }
        catch (InputException e)
        {
            await configuration.Error.WriteLineAsync($"error: {e.Message}");
            return ExitCodes.Unreadable;
        }
    }
}
