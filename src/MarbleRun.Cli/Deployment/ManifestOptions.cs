using System.Collections.Immutable;
using System.CommandLine;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Signatures;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Cli.Deployment;

/// <summary>Arguments and options that several commands for manifests have.</summary>
internal static class ManifestOptions
{
    public static Option<string?> RecoveryFile { get; } = new("--recoverydata", "-r")
    {
        Description = "The file for the recovery data, mode 0600. Default: standard output.",
        HelpName = "FILE",
    };

    public static Option<string?> Signatures { get; } = new("--signatures")
    {
        Description = "Owners' signatures of this manifest, a file of \"manifest sign\". The Coordinator keeps them.",
        HelpName = "FILE",
    };

    public static Option<string?> CreateOutput(string what) => new("--output", "-o")
    {
        Description = $"The file for {what}. Default: standard output.",
        HelpName = "FILE",
    };

    /// <summary>Reads the owners' signatures that the user named; null for none.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static async Task<IReadOnlyCollection<ManifestSignature>?> ReadSignaturesAsync(CommandRun run)
    {
        if (run.Arguments.GetValue(Signatures) is not { } path)
        {
            return null;
        }

        ImmutableArray<ManifestSignature> signatures = await SignatureFile.ReadAsync(path, run.CancellationToken);
        return signatures;
    }
}
