using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using MarbleRun.Cli.Dashboard.Pages;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Dashboard.Tests;

/// <summary>What the pages are made from, without a browser.</summary>
public sealed class ViewTests
{
    [Theory]
    [InlineData("{}", "{}", "")]
    [InlineData("{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":2,\"b\":1}}", "")]
    [InlineData("{\"a\":1}", "{\"a\":1.0}", "")]
    [InlineData("{\"a\":1}", "{\"a\":\"1\"}", "changed a 1 \"1\"")]
    [InlineData("{\"a\":{\"b\":1}}", "{\"a\":{}}", "removed a › b 1 -")]
    [InlineData("{}", "{\"x y\":{\"z\":null}}", "added x y - {\n  \"z\": null\n}")]
    [InlineData("{\"a\":[1,2]}", "{\"a\":[2,1]}", "changed a [\n  1,\n  2\n] [\n  2,\n  1\n]")]
    [InlineData("{\"a\":{\"b\":1}}", "{\"a\":7}", "changed a {\n  \"b\": 1\n} 7")]
    public void Diff_OfTwoManifests_NamesEachValue(string before, string after, string expected) => Assert.Equal(
        expected,
        string.Join(
            "; ",
            ManifestDiff.Compare(Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after))
                .Select(change => $"{change.Kind} {change.Path} {change.Before ?? "-"} {change.After ?? "-"}")));

    [Fact]
    public void Diff_OfManyChanges_SaysThatThereAreMore()
    {
        string Of(int value) => JsonSerializer.Serialize(Enumerable.Range(0, 2000).ToDictionary(i => $"m{i}", _ => value));

        ImmutableArray<ValueChange> changes = ManifestDiff.Compare(Encoding.UTF8.GetBytes(Of(1)), Encoding.UTF8.GetBytes(Of(2)));

        Assert.Equal(ManifestDiff.MaxChanges + 1, changes.Length);
    }

    [Fact]
    public void Diff_OfALongValue_IsCut()
    {
        string after = JsonSerializer.Serialize(new { a = new string('x', 5000) });

        ValueChange change = Assert.Single(ManifestDiff.Compare("{}"u8.ToArray(), Encoding.UTF8.GetBytes(after)));

        Assert.EndsWith("… (5002 characters)", change.After, StringComparison.Ordinal);
        Assert.True(change.After!.Length < 500);
    }

    [Theory]
    [InlineData("back", "", "front to back at back:1")]
    [InlineData("back.mesh.svc", "", "front to back at back.mesh.svc:1")]
    [InlineData("BACK", "", "front to back at BACK:1")]
    [InlineData("other.example", "other.example", "front to back at other.example:1")]
    [InlineData("10.0.0.1", "", "front to back at 10.0.0.1:1 by port")]
    [InlineData("backup", "", "front to back at backup:1 by port")]
    public void Graph_OfAnOutgoingAddress_FindsTheMarbleType(string address, string allowed, string expected)
    {
        MeshGraph graph = GraphOf($$"""
            {
              "Marbles": {
                "back": { "Package": "p", "TLS": ["in"], "AllowedDNSNames": ["{{allowed}}"] },
                "front": { "Package": "p", "TLS": ["out"] }
              },
              "TLS": {
                "in": { "Incoming": [{ "Port": "1" }] },
                "out": { "Outgoing": [{ "Addr": "{{address}}", "Port": "1" }] }
              }
            }
            """);

        Assert.Equal([expected], graph.Edges.Select(e => $"{e.From} to {e.To} at {e.Address}{(e.IsByPort ? " by port" : string.Empty)}"));
        Assert.Equal([("back", 1), ("front", 0)], graph.Nodes.Select(node => (node.Name, node.Column)));
    }

    [Fact]
    public void Graph_OfACircle_HasFewColumns()
    {
        MeshGraph graph = GraphOf("""
            {
              "Marbles": { "a": { "TLS": ["a"] }, "b": { "TLS": ["b"] } },
              "TLS": {
                "a": { "Incoming": [{ "Port": "1" }], "Outgoing": [{ "Addr": "b", "Port": "2" }, { "Addr": "a", "Port": "1" }] },
                "b": { "Incoming": [{ "Port": "2" }], "Outgoing": [{ "Addr": "a", "Port": "1" }, { "Addr": "elsewhere", "Port": "9" }] }
              }
            }
            """);

        Assert.Equal(["a b", "a a", "b a", "b "], graph.Edges.Select(edge => $"{edge.From} {edge.To}"));
        Assert.All(graph.Nodes, node => Assert.InRange(node.Column, 0, 5));
    }

    [Fact]
    [Trait("Security", "G6")]
    public void Html_OfAnyValue_IsText()
    {
        string value = "<b>\"'&\u001b\u202e\u0085</b>";

        string html = new HtmlWriter().Add($"<p title=\"{value}\">{value}</p>").ToString();

        Assert.Equal(2, html.Split("&lt;b&gt;&quot;&#x27;&amp;\\u{1B}\\u{202E}\\u{85}&lt;/b&gt;").Length - 1);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "ended 0 seconds ago")]
    [InlineData(-90, "ended 1 minute ago")]
    [InlineData(59, "59 seconds left")]
    [InlineData(3 * 3600 + 60, "3 hours 1 minute left")]
    [InlineData(50 * 3600, "2 days left")]
    [InlineData(3 * 365 * 86400L, "3 years left")]
    public void Left_OfATime_IsInWords(long seconds, string expected)
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch;

        Assert.Equal(expected, Words.Left(now.AddSeconds(seconds), now));
    }

    private static MeshGraph GraphOf(string json)
    {
        Manifest manifest = ManifestParser.Parse(Encoding.UTF8.GetBytes(json));
        return MeshGraphBuilder.Create(manifest);
    }
}
