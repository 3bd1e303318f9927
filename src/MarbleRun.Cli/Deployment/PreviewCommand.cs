using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Manifests;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;
using MarbleRun.Management.Updates;

namespace MarbleRun.Cli.Deployment;

/// <summary><c>marblerun manifest preview</c>.</summary>
internal static class PreviewCommand
{
    public static Command Create()
    {
        Argument<string> file = ManifestCommands.CreateFile();
        var command = new Command(
            "preview",
            "Shows what an update would do, who must agree, and which Marbles must start again. Nothing changes, and the other users "
            + "are not asked.")
        {
            file,
        };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(FormatOption.Create());
        UserOptions.AddTo(command);
        command.SetExamples("marblerun manifest preview update.json localhost:4433 --cert admin.pem --key admin.key");
        return command.SetRun(async run =>
        {
            byte[] manifest = await ManifestInput.ReadForCoordinatorAsync(run.Arguments.GetRequiredValue(file), run.CancellationToken);
            using X509Certificate2 user = await UserOptions.ReadAsync(run);
            using CoordinatorClient client =
                await CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address)).ConnectAsync(user);
            await run.WriteAsync(new Preview(await client.PreviewUpdateAsync(manifest, run.CancellationToken)));
            return ExitCodes.Ok;
        });
    }

    private sealed class Preview(UpdatePreview preview) : Result
    {
        public override void WriteText(TextWriter output)
        {
            output.WriteLine(preview.IsPackageUpdate
                ? "This update raises security versions of packages. It takes effect at once."
                : "This update replaces the whole manifest.");
            Section(output, "Changes", preview.Changes.Select(change => change.ToString()), "none");
            Section(
                output,
                "Marbles that must start again",
                preview.Marbles
                    .OrderBy(m => m.Key, StringComparer.Ordinal)
                    .SelectMany(m => m.Value.Select(reason => $"{m.Key}: {reason}")),
                "none");
            if (!preview.IsPackageUpdate)
            {
                Section(
                    output,
                    preview.MissingAcknowledgments == 1
                        ? "1 other user must acknowledge it, of"
                        : $"{preview.MissingAcknowledgments} other users must acknowledge it, of",
                    preview.MissingAcknowledgments == 0 ? [] : preview.MissingUsers,
                    "it takes effect at once");
                output.WriteLine(preview.NewRecoverySecrets
                    ? "All parties get new recovery secrets; the old ones open nothing new."
                    : "The recovery secrets stay the same.");
            }

            if (preview.Warnings.Count > 0)
            {
                Section(output, "Warnings", preview.Warnings, "none");
            }
        }

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteString("kind", preview.IsPackageUpdate ? "packages" : "manifest");
            json.WriteString("manifestFingerprint", preview.ManifestFingerprint);
            json.WriteNumber("missingAcknowledgments", preview.MissingAcknowledgments);
            JsonTexts.Write(json, "missingUsers", preview.MissingUsers);
            json.WriteBoolean("newRecoverySecrets", preview.NewRecoverySecrets);
            json.WriteStartArray("changes");
            foreach (UpdateChange change in preview.Changes)
            {
                json.WriteStartObject();
                json.WriteString("section", change.Section);
                json.WriteString("name", change.Name);
                json.WriteString("change", change.Change);
                json.WriteString("detail", change.Detail);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("marbles");
            foreach ((string type, IReadOnlyList<string> reasons) in preview.Marbles.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                JsonTexts.Write(json, type, reasons);
            }

            json.WriteEndObject();
            JsonTexts.Write(json, "warnings", preview.Warnings);
        }

        private static void Section(TextWriter output, string title, IEnumerable<string> lines, string empty)
        {
            string[] all = [.. lines];
            output.WriteLine(all.Length == 0 ? $"{title}: {empty}" : $"{title}:");
            foreach (string line in all)
            {
                output.WriteLine($"  {line}");
            }
        }
    }
}
