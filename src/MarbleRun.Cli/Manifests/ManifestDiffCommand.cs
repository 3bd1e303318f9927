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
        var after = new Argument<string>("after") { Description = "Another manifest, JSON or YAML.", HelpName = "B" };
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
            IReadOnlyList<ManifestDifference> differences =
            [
                .. ManifestDifference.Find(first.RootElement, second.RootElement)
                    .SelectMany(difference => difference.ByItem())
                    .OrderBy(difference => string.Join('\0', difference.Path), StringComparer.Ordinal),
            ];
            await run.WriteAsync(new Differences(differences));
            return differences.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed;
        });
    }

    private static async Task<JsonDocument> ReadAsync(string path, CancellationToken cancellationToken) =>
        JsonDocument.Parse(await ManifestInput.ReadForCoordinatorAsync(path, cancellationToken));

    private sealed class Differences(IReadOnlyList<ManifestDifference> differences) : Result
    {
        private const int LongestValue = 120;

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
                output.WriteLine($"  {Describe(difference)}");
            }
        }

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteStartArray("differences");
            foreach (ManifestDifference difference in differences)
            {
                json.WriteStartObject();
                json.WriteString("path", PathOf(difference));
                json.WriteString("change", difference.Change);
                json.WriteString("before", difference.Before?.GetRawText());
                json.WriteString("after", difference.After?.GetRawText());
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        private static string Describe(ManifestDifference difference) => (difference.Before, difference.After) switch
        {
            (null, { } after) => $"{PathOf(difference)} is new: {Short(after)}",
            ({ } before, null) => $"{PathOf(difference)} is gone: it was {Short(before)}",
            _ => $"{PathOf(difference)}: {Short(difference.Before!.Value)} becomes {Short(difference.After!.Value)}",
        };

        private static string PathOf(ManifestDifference difference) => string.Join('.', difference.Path);

        private static string Short(JsonElement value)
        {
            string line = string.Join(
                ' ', value.GetRawText().Split((char[])['\r', '\n', ' '], StringSplitOptions.RemoveEmptyEntries));
            return line.Length <= LongestValue ? line : string.Concat(line.AsSpan(0, LongestValue), "…");
        }
    }
}
