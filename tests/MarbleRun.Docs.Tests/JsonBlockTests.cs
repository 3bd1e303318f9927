using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator;
using MarbleRun.Docs.Tests.Manifests;
using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport.Markdown;
using Microsoft.Extensions.Configuration;

namespace MarbleRun.Docs.Tests;

/// <summary>
/// Every JSON block is what it looks like: a manifest or a part of one, configuration, the packages of a Marble, or an example that says
/// so.
/// </summary>
public sealed class JsonBlockTests
{
    private static readonly string[] s_alternatives = ["ByMeasurement", "BySigner"];

    /// <summary>The members of <c>marblerun-package.json</c>.</summary>
    private static readonly string[] s_packageFile = ["Platform", .. s_alternatives];

    /// <summary>Members of <c>marble-trust.json</c> that nothing else has.</summary>
    private static readonly string[] s_ofTrust = ["Roots", "OwnerKeys", "AllowSimulation"];

    public static TheoryData<string> Places => Documents.Places("json");

    [Theory]
    [MemberData(nameof(Places))]
    public void Block_OfADocument_IsWhatItLooksLike(string place) => Complaints.AssertNone(Judge(Documents.BlockAt(place)));

    [Theory]
    [InlineData(null, "{ \"Marbles\": {} }", "no allowed packages defined")]
    [InlineData(ManifestBlock.FragmentNote, "{ \"Secrets\": { \"key\": { \"Type\": \"symetric-key\", \"Size\": 128 } } }", "unknown type")]
    [InlineData(ManifestBlock.FragmentNote, "{ \"Marbles\": { \"web\": { \"MaxActivation\": 1 } } }", "unknown member")]
    [InlineData(null, "{ \"Coordinator\": { \"MeshAdress\": \":2001\" } }", "MeshAdress")]
    [InlineData(null, "{ \"Coordinator\": { \"Attestation\": { \"FetchTimeout\": \"soon\" } } }", "soon")]
    [InlineData(null, "{ \"Marble\": { \"Type\": \"web\" } }", "Type")]
    [InlineData(null, "{ \"Platform\": \"simulation\", \"ByMeasurement\": { \"Unique\": \"00\" }, \"BySigner\": {} }", "unknown member")]
    [InlineData(null, "{ \"ByMeasurement\": { \"UniqueID\": \"00\" } }", "BySigner")]
    [InlineData(null, "{ \"Roots\": [ \"00\" ] }", "64 hex digits")]
    [InlineData("example", "{ \"OwnerKeys\": [], \"Packages\": { \"coordinator\": {} } }", "marble-trust.json cannot be used")]
    [InlineData(null, "[ 1 ]", "<!-- example -->")]
    [InlineData("example", "{ 1 }", "invalid")]
    public void Judge_WrongBlock_SaysWhatIsWrong(string? note, string content, string expected) =>
        Assert.Contains(
            Judge(new CodeBlock("a.md", 1, "json", note, content)), complaint => complaint.Contains(expected, StringComparison.Ordinal));

    private static IReadOnlyList<string> Judge(CodeBlock block)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(block.Content);
        }
        catch (JsonException e)
        {
            return [e.Message];
        }

        return node is JsonObject members ? Judge(block, members) : JudgeOther(block);
    }

    private static IReadOnlyList<string> Judge(CodeBlock block, JsonObject members) =>
        HasAny(members, s_ofTrust) ? JudgeTrust(block)
        : block.Note == ManifestBlock.FragmentNote || HasAny(members, "Packages", "Marbles") ? ManifestBlock.Judge(block, block.Content)
        : HasAny(members, CoordinatorOptions.SectionName, MarbleOptions.SectionName) ? JudgeConfiguration(block)
        : HasAny(members, s_alternatives) ? JudgePackages(members)
        : JudgeOther(block);

    private static string[] JudgeOther(CodeBlock block) => block.Note == "example"
        ? []
        : [$"{block}: no test knows this JSON. Write <!-- {ManifestBlock.FragmentNote} --> before the block, or <!-- example --> if "
            + $"it only has to be JSON."];

    private static string[] JudgeConfiguration(CodeBlock block)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(block.Content));
        IConfiguration configuration = new ConfigurationBuilder().AddJsonStream(stream).Build();
        try
        {
            configuration.GetSection(CoordinatorOptions.SectionName).Get<CoordinatorOptions>(Strict);
            configuration.GetSection(MarbleOptions.SectionName).Get<MarbleOptions>(Strict);
            return [];
        }
        catch (InvalidOperationException e)
        {
            return [$"{e.Message} {e.InnerException?.Message}"];
        }

        static void Strict(BinderOptions options) => options.ErrorOnUnknownConfiguration = true;
    }

    private static string[] JudgeTrust(CodeBlock block)
    {
        try
        {
            CoordinatorTrust.Parse(Encoding.UTF8.GetBytes(block.Content));
            return [];
        }
        catch (FormatException e)
        {
            return [e.Message];
        }
    }

    /// <summary>Each alternative must be a complete package.</summary>
    private static IReadOnlyList<string> JudgePackages(JsonObject members) =>
        !members.Select(m => m.Key).SequenceEqual(s_packageFile) ? [$"The members are {string.Join(", ", s_packageFile)}."]
        : [.. s_alternatives.SelectMany(name => Judge(new CodeBlock("package", 1, "json", null, AsManifest(members[name]!))))];

    private static string AsManifest(JsonNode package) => new JsonObject
    {
        ["Packages"] = new JsonObject { ["web"] = package.DeepClone() },
        ["Marbles"] = new JsonObject { ["web"] = new JsonObject { ["Package"] = "web" } },
    }.ToJsonString();

    private static bool HasAny(JsonObject members, params string[] names) => names.Any(members.ContainsKey);
}
