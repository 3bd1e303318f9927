using System.Text.Json;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>What the API of the Coordinator supports.</summary>
internal sealed class ApiCheck() : CoordinatorCheck("coordinator.api", "what the API supports", "docs/compatibility.md")
{
    private static readonly (string Path, string Name)[] s_features =
    [
        ("/api/v2/trust", "overlap of updates"),
        ("/api/v2/marbles", "list of Marbles"),
        ("/api/v2/revocations", "revocation"),
        ("/api/v2/manifest/signatures", "owners' signatures"),
        ("/api/v2/audit", "audit trail"),
        ("/api/v2/replicas", "replicas"),
    ];

    protected override IEnumerable<Finding> Look(Examination examination, CoordinatorFacts coordinator)
    {
        if (coordinator.Phase is null || coordinator.Api is not { } api)
        {
            yield break;
        }

        string[]? paths = ReadPaths(api.Status == 200 ? api.Body : string.Empty);
        yield return paths is null
            ? Warn(
                "it does not describe its API, as a Coordinator of MarbleRun 1.9",
                "a Coordinator of this project",
                "Certificates are not renewed, updates can't be previewed, and Marbles can't be revoked with it. Replace it when you can.")
            : Good($"{paths.Length} paths: {string.Join(", ", s_features.Where(f => paths.Contains(f.Path)).Select(f => f.Name))}");
    }

    private static string[]? ReadPaths(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("paths", out JsonElement paths)
                && paths.ValueKind == JsonValueKind.Object
                    ? [.. paths.EnumerateObject().Select(p => p.Name)]
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
