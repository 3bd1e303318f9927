using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests.Manifests;

/// <summary>
/// Judges a manifest as a Coordinator does. A block with the note <c>fragment of: manifest</c> is put into a small manifest, whose package
/// and Marble are called <c>web</c>: objects are joined member by member, everything else takes the place of what was there.
/// </summary>
internal static class ManifestBlock
{
    public const string FragmentNote = "fragment of: manifest";

    private const string Surroundings =
        """
        {
          "Packages": { "web": { "UniqueID": "1f0e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0" } },
          "Marbles": { "web": { "Package": "web" } }
        }
        """;

    /// <summary>
    /// Everything that <c>marblerun manifest check</c> would say of a whole manifest; of a fragment errors and unknown members alone.
    /// </summary>
    /// <param name="block">Where the text is from.</param>
    /// <param name="json">The text, in JSON.</param>
    public static IReadOnlyList<string> Judge(CodeBlock block, string json)
    {
        bool isFragment = block.Note == FragmentNote;
        string whole = isFragment ? Join(JsonNode.Parse(Surroundings)!, JsonNode.Parse(json)!).ToJsonString() : json;
        if (!ManifestParser.TryParse(Encoding.UTF8.GetBytes(whole), out Manifest? manifest, out ImmutableArray<ManifestProblem> problems))
        {
            return [.. problems.Select(p => p.ToString())];
        }

        return [.. problems
            .Concat(ManifestChecker.Check(manifest).Problems.Where(p => !isFragment || p.Severity == ManifestSeverity.Error))
            .Select(p => p.ToString())];
    }

    private static JsonNode Join(JsonNode target, JsonNode fragment)
    {
        if (target is not JsonObject whole || fragment is not JsonObject part)
        {
            return fragment.DeepClone();
        }

        foreach ((string name, JsonNode? value) in part)
        {
            whole[name] = whole[name] is { } there && value is not null ? Join(there.DeepClone(), value) : value?.DeepClone();
        }

        return whole;
    }
}
