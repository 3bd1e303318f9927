using System.CommandLine;
using System.Text;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Deployment;

/// <summary><c>marblerun manifest get</c>.</summary>
internal static class ManifestGetCommand
{
    public static Command Create()
    {
        Option<string?> output = ManifestOptions.CreateOutput("the manifest");
        var signature = new Option<bool>("--signature", "-s") { Description = "Write the fingerprint of the manifest, too." };
        var update = new Option<bool>("--display-update", "-u")
        {
            Description = "Write the security versions that package updates have put in force since the manifest was set.",
        };
        var keepCert = new Option<bool>("--keep-cert")
        {
            Description = "Accepted for scripts: the verified certificates are always kept.",
            Hidden = true,
        };
        var command = new Command(
            "get",
            "Verifies a Coordinator and shows its manifest, whose signature by the root certificate is verified too.")
        {
            output, signature, update, keepCert,
        };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.SetExamples(
            "marblerun manifest get localhost:4433",
            "marblerun manifest get localhost:4433 --display-update",
            "marblerun manifest get localhost:4433 -o manifest.json");
        return command.SetRun(async run =>
        {
            var access = CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address));
            AttestedCoordinator coordinator = await access.AttestAsync(PinUse.Compare);
            await run.TalkAsync("Successfully verified Coordinator, now requesting manifest");
            using CoordinatorClient client = access.Open(coordinator);
            SignedManifest manifest = await client.GetManifestAsync(run.CancellationToken);
            if (coordinator.Verdict is not null && !manifest.IsSignedBy(coordinator.Evidence.Root))
            {
                throw new CommandException(
                    ExitCodes.VerificationFailed, "The manifest is not signed by the root certificate of the Coordinator.");
            }

            string text = Encoding.UTF8.GetString(manifest.Content.Span);
            if (run.Arguments.GetValue(update))
            {
                text = ManifestInForce.Write(text, await client.GetUpdateLogAsync(run.CancellationToken));
            }

            if (run.Arguments.GetValue(signature))
            {
                text = $"{{\n\"ManifestSignature\": \"{manifest.Fingerprint}\",\n\"Manifest\": {text}}}";
            }

            string? path = run.Arguments.GetValue(output);
            await OutputFile.WriteAsync(
                path, Encoding.UTF8.GetBytes(path is null ? text + "\n" : text), run.Output, run.CancellationToken);
            await access.SaveQuoteAsync(coordinator);
            return ExitCodes.Ok;
        });
    }
}
