using System.Text;
using System.Text.RegularExpressions;
using MarbleRun.Cli.Manifests;
using MarbleRun.Docs.Tests.Manifests;
using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Markdown;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MarbleRun.Docs.Tests;

/// <summary>
/// Every YAML block is a manifest or a part of one, or the configuration of another program whose names of ours are right.
/// </summary>
public sealed partial class YamlBlockTests
{
    private static readonly Lazy<string> s_sources = new(
        () => string.Concat(RepositoryFiles.CSharp("src/MarbleRun.Coordinator").Select(File.ReadAllText)));

    public static TheoryData<string> Places => Documents.Places("yaml");

    [Theory]
    [MemberData(nameof(Places))]
    public void Block_OfADocument_IsWhatItLooksLike(string place) => Complaints.AssertNone(Judge(Documents.BlockAt(place)));

    [Theory]
    [InlineData("Packages: {}\n", "no allowed packages defined")]
    [InlineData("a: b: c\n", "mapping")]
    [InlineData("expr: coordinator_states == 1\n", "coordinator_states")]
    [InlineData("probe: { path: /health/alive, port: 1 }\n", "/health/alive")]
    public void Judge_WrongBlock_SaysWhatIsWrong(string content, string expected) =>
        Assert.Contains(
            Judge(new CodeBlock("a.md", 1, "yaml", Note: null, content)), c => c.Contains(expected, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Judge(CodeBlock block)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(block.Content));
        }
        catch (YamlException e)
        {
            return [e.Message];
        }

        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        bool isManifest = block.Note == ManifestBlock.FragmentNote
            || root.Children.ContainsKey("Packages")
            || root.Children.ContainsKey("Marbles");
        return isManifest
            ? ManifestBlock.Judge(block, Encoding.UTF8.GetString(YamlManifest.Read(Encoding.UTF8.GetBytes(block.Content)).Json))
            : Names(block.Content)
                .Where(name => !s_sources.Value.Contains($"\"{name}\"", StringComparison.Ordinal))
                .Select(name => $"The Coordinator has no '{name}'.");
    }

    /// <summary>Metrics and paths that the block takes from the Coordinator.</summary>
    private static IEnumerable<string> Names(string content) =>
        Metric()
            .Matches(content)
            .Select(m => m.Groups["name"].Value)
            .Concat(UrlPath().Matches(content).Select(m => m.Groups["name"].Value));

    [GeneratedRegex(@"\b(?<name>coordinator_\w+?)(?:_bucket|_sum|_count)?\b")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bpath: (?<name>/[^\s,}]+)")]
    private static partial Regex UrlPath();
}
