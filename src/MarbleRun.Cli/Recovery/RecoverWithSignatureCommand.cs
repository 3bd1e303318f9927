using System.CommandLine;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Recovery;

/// <summary>
/// <c>marblerun recover-with-signature</c>: sends a secret that its party signed elsewhere, and encrypted with the Coordinator's key if
/// somebody else sends it.
/// </summary>
internal static class RecoverWithSignatureCommand
{
    public static Command Create()
    {
        var signature = new Option<string?>("--signature", "-s")
        {
            Description = "The file of the signature (sign-secret). Required.",
            HelpName = "FILE",
        };
        var command = new Command(
            "recover-with-signature",
            "Sends a recovery secret and its signature, which were made elsewhere, to a Coordinator in recovery, unchanged.");
        RecoverySecret.AddTo(command);
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(signature);
        command.Options.Add(FormatOption.Create());
        command.Subcommands.Add(CreatePublicKey());
        command.Subcommands.Add(OfflineSecretCommands.CreateEncrypt());
        command.Subcommands.Add(OfflineSecretCommands.CreateSign());
        command.SetExamples(
            "marblerun recover-with-signature public-key localhost:4433 -o coordinator.pub",
            "marblerun recover-with-signature encrypt-secret recovery.json --name alice --key alice.key "
            + "--coordinator-pub-key coordinator.pub -o secret.enc",
            "marblerun recover-with-signature sign-secret recovery.json --name alice --key alice.key -o secret.sig",
            "marblerun recover-with-signature secret.enc localhost:4433 --signature secret.sig");
        return command.SetRun(async run =>
        {
            string path = Required.Of(run, signature);
            byte[] made = await InputFile.ReadAsync(path, "signature", run.CancellationToken);
            byte[] secret = await RecoverySecret.ReadAsync(run);
            return await RecoverCommand.SendAsync(run, run.Arguments.GetRequiredValue(address), secret, made);
        });
    }

    private static Command CreatePublicKey()
    {
        var output = new Option<string?>("--output", "-o") { Description = "A new file for the key, PEM.", HelpName = "FILE" };
        var command = new Command(
            "public-key",
            "Gets the public key of a Coordinator in recovery, for encrypt-secret. It changes with each restart of the Coordinator.");
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(output);
        command.Options.Add(FormatOption.Create(alsoOutput: false));
        command.SetExamples("marblerun recover-with-signature public-key localhost:4433 -o coordinator.pub");
        return command.SetRun(async run =>
        {
            using PrivateFile? file = run.Arguments.GetValue(output) is { Length: > 0 } path
                ? PrivateFile.Prepare(path, overwrite: false)
                : null;
            var access = CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address));
            AttestedCoordinator coordinator = await access.AttestAsync(PinUse.Ignore);
            using CoordinatorClient client = access.Open(coordinator);
            var result = new PublicKeyResult(await client.GetRecoveryPublicKeyAsync(run.CancellationToken));
            await access.SaveQuoteAsync(coordinator);
            if (file is null)
            {
                await run.WriteAsync(result);
            }
            else
            {
                await file.WriteAsync(result.ToBytes(), run.CancellationToken);
            }

            return ExitCodes.Ok;
        });
    }
}
