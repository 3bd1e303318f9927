using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Manifests;

/// <summary><c>marblerun manifest diff</c>.</summary>
internal static class ManifestDiffCommand
{
    public static Command Create()
    {
        var before = new Argument<string>("before") { Description = "A manifest, JSON or YAML; - for standard input.", HelpName = "A" };
        var after = new Argument<string>("after") { Description = "Another manifest.", HelpName = "B" };
        var command = new Command(
            "diff",
            "Shows in words what is different between two manifests. White space and the order of members do not count. Exit code 0: "
            + "nothing, 1: something.")
        {
            before, after, FormatOption.Create(),
        };
        command.SetExamples(
            "marblerun manifest diff manifest.json update.json",
            "marblerun manifest get localhost:4433 -o now.json && marblerun manifest diff now.json manifest.json");
        return command.SetRun(async run =>
        {
            using JsonDocument first = await ReadAsync(run.Arguments.GetRequiredValue(before), run.CancellationToken);
            using JsonDocument second = await ReadAsync(run.Arguments.GetRequiredValue(after), run.CancellationToken);
            IReadOnlyList<ManifestDifference> differences = [.. ManifestDifference.Find(first.RootElement, second.RootElement)];
            await run.WriteAsync(new Differences(differences));
            return differences.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed;
        });
    }

    private static async Task<JsonDocument> ReadAsync(string path, CancellationToken cancellationToken) =>
        JsonDocument.Parse(await ManifestInput.ReadForCoordinatorAsync(path, cancellationToken));

    private sealed class Differences(IReadOnlyList<ManifestDifference> differences) : Result
    {
        public override void WriteText(TextWriter output)
        {
            output.WriteLine(differences.Count switch
            {
                0 => "The manifests say the same.",
                1 => "1 difference:",
                _ => string.Create(CultureInfo.InvariantCulture, $"{differences.Count} differences:"),
            });
            foreach (ManifestDifference difference in differences)
            {
                output.WriteLine($"  {difference}");
            }
        }

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteStartArray("differences");
            foreach (ManifestDifference difference in differences)
            {
                json.WriteStartObject();
                json.WriteString("path", difference.Path);
                json.WriteString("change", difference.Change);
                json.WriteString("before", difference.Before);
                json.WriteString("after", difference.After);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }
}
