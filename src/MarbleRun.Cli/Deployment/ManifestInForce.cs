using System.Text.Json;
using System.Text.Json.Nodes;

namespace MarbleRun.Cli.Deployment;

/// <summary>
/// The manifest with the security versions that package updates raised. The update log is never cut: what it says of a package before the
/// last complete update of the manifest belongs to an older manifest.
/// </summary>
internal static class ManifestInForce
{
    private const string CompleteUpdate = "Complete Manifest updated";

    public static string Write(string manifest, IReadOnlyList<string> log)
    {
        JsonNode root = JsonNode.Parse(manifest) ?? throw new CommandException(ExitCodes.Failed, "The manifest is empty.");
        foreach ((string package, ulong version) in Versions(log))
        {
            if (root["Packages"]?[package] is JsonObject properties)
            {
                properties["SecurityVersion"] = version;
            }
        }

        return JsonText.Write(writer => root.WriteTo(writer));
    }

    private static Dictionary<string, ulong> Versions(IReadOnlyList<string> log)
    {
        var versions = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (string line in log.Where(l => l.Length > 0))
        {
            JsonNode? entry = Parse(line);
            if ((string?)entry?["update"] == CompleteUpdate)
            {
                versions.Clear();
            }
            else if (entry?["package"] is JsonValue package && entry["new version"] is JsonValue version)
            {
                versions[package.GetValue<string>()] = version.GetValue<ulong>();
            }
        }

        return versions;
    }

    private static JsonNode? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line);
        }
        catch (JsonException e)
        {
            throw new CommandException(ExitCodes.Failed, $"A line of the update log is not JSON: {line}", e);
        }
    }
}
