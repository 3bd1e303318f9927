using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Manifests;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Cli.Deployment;

/// <summary><c>marblerun manifest update apply</c> and <c>acknowledge</c>.</summary>
internal static class UpdateCommand
{
    private static readonly Option<bool> s_allowDowngrade = new("--allow-downgrade")
    {
        Description = "Also accept lower security versions than those in force.",
    };

    public static Command CreateApply()
    {
        var command = new Command(
            "apply",
            "Updates the manifest: raises security versions of packages, or replaces the whole manifest. It takes effect at once, or when "
            + "enough users have acknowledged it.")
        {
            s_allowDowngrade,
        };
        command.SetExamples("marblerun manifest update apply update.json localhost:4433 --cert admin.pem --key admin.key");
        return Complete(
            command,
            (client, run, manifest, signatures) =>
                OnlyAnswer.WaitAsync(
                    run,
                    end => client.UpdateAsync(manifest, run.Arguments.GetValue(s_allowDowngrade), signatures, end),
                    "whether the update was accepted. " + HowToFindOut(run)),
            ApplyText);
    }

    public static Command CreateAcknowledge()
    {
        var command = new Command(
            "acknowledge",
            "Acknowledges the pending update of the manifest. The file must have exactly its bytes: get them with \"manifest update "
            + "get\" and review them.");
        command.SetExamples(
            "marblerun manifest update get localhost:4433 -o pending.json",
            "marblerun manifest update acknowledge pending.json localhost:4433 --cert bob.pem --key bob.key");
        return Complete(
            command,
            (client, run, manifest, signatures) => OnlyAnswer.WaitAsync(
                run,
                end => client.AcknowledgeUpdateAsync(manifest, signatures, end),
                "whether the acknowledgment was accepted. " + HowToFindOut(run)),
            AcknowledgeText);
    }

    private static string HowToFindOut(CommandRun run)
    {
        string address = run.Arguments.GetValue<string>(GlobalOptions.AddressName)!;
        return $"Find out with: marblerun manifest update get --missing {address} (if it is pending), and marblerun manifest log {address} "
            + "(if it took effect). If it made new recovery data, they are lost: apply an update with other RecoveryKeys.";
    }

    private static Command Complete(
        Command command,
        Func<CoordinatorClient, CommandRun, byte[], IReadOnlyCollection<ManifestSignature>?, Task<UpdateResult>> send,
        Func<UpdateResult, IEnumerable<string>> describe)
    {
        Argument<string> file = ManifestCommands.CreateFile();
        command.Arguments.Add(file);
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(ManifestOptions.RecoveryFile);
        command.Options.Add(ManifestOptions.Signatures);
        command.Options.Add(FormatOption.Create());
        UserOptions.AddTo(command);
        return command.SetRun(async run =>
        {
            byte[] manifest = await ManifestInput.ReadForCoordinatorAsync(run.Arguments.GetRequiredValue(file), run.CancellationToken);
            var signatures = await ManifestOptions.ReadSignaturesAsync(run);
            using var recovery = RecoveryData.Prepare(run.Arguments.GetValue(ManifestOptions.RecoveryFile));
            using X509Certificate2 user = await UserOptions.ReadAsync(run);
            using CoordinatorClient client =
                await CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address)).ConnectAsync(user);
            UpdateResult result = await send(client, run, manifest, signatures);
            await run.WriteAsync(new Outcome(result, describe));
            return await recovery.WriteAsync(run, result.RecoverySecrets) is { } fault
                ? throw new CommandException(ExitCodes.Failed, $"The update was accepted, but {fault}")
                : ExitCodes.Ok;
        });
    }

    private static IEnumerable<string> ApplyText(UpdateResult result) => result.IsApplied
        ? ["Update manifest set successfully"]
        :
        [
            "Update manifest submitted successfully.",
            "Changes are pending and have not been applied yet.",
            Missing(result),
            $"The following users may acknowledge the update: {string.Join(", ", result.MissingUsers)}",
        ];

    private static IEnumerable<string> AcknowledgeText(UpdateResult result) => result.IsApplied
        ? ["Acknowledgement successful:", "All users have acknowledged the update manifest. Update successfully applied"]
        :
        [
            "Acknowledgement successful:",
            Missing(result),
            $"The following users have not yet accepted: {string.Join(", ", result.MissingUsers)}",
        ];

    private static string Missing(UpdateResult result) => result.MissingAcknowledgments == 1
        ? "1 user still needs to acknowledge the update manifest."
        : string.Create(
            CultureInfo.InvariantCulture, $"{result.MissingAcknowledgments} users still need to acknowledge the update manifest.");

    private sealed class Outcome(UpdateResult result, Func<UpdateResult, IEnumerable<string>> describe) : Result
    {
        public override void WriteText(TextWriter output)
        {
            foreach (string line in describe(result))
            {
                output.WriteLine(line);
            }
        }

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteBoolean("applied", result.IsApplied);
            json.WriteNumber("missingAcknowledgments", result.MissingAcknowledgments);
            JsonTexts.Write(json, "missingUsers", result.MissingUsers);
            RecoveryData.WriteMember(json, result.RecoverySecrets);
        }
    }
}
