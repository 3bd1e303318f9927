using System.CommandLine;
using MarbleRun.Cli.Output;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Manifests;

/// <summary><c>marblerun manifest signature</c>: the fingerprint of a manifest, which the reference calls its signature.</summary>
internal static class ManifestSignatureCommand
{
    public static Command Create()
    {
        Argument<string> file = ManifestCommands.CreateFile();
        var command = new Command(
            "signature",
            "Prints the fingerprint of a manifest: SHA-256 of its JSON, in hexadecimal. A manifest in YAML is converted first. \"manifest "
            + "sign\" makes an owner's signature.")
        {
            file,
        };
        command.SetExamples("marblerun manifest signature manifest.json");
        return command.SetRun(async run =>
        {
            byte[] manifest = await ManifestInput.ReadForCoordinatorAsync(run.Arguments.GetRequiredValue(file), run.CancellationToken);
            await run.Output.WriteLineAsync(Manifest.ComputeFingerprint(manifest));
            return ExitCodes.Ok;
        });
    }
}
