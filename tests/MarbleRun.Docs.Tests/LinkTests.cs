using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>Links lead somewhere.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Names => [.. Documents.All.Select(d => d.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Links_OfADocument_LeadToFilesAndHeadings(string name) =>
        Complaints.AssertNone(Broken(Documents.All.Single(d => d.Name == name)));

    [Theory]
    [InlineData("[a](docs/nothing.md)", "docs/nothing.md")]
    [InlineData("[a](docs/audit.md#nothing)", "docs/audit.md#nothing")]
    [InlineData("# Here\n\n[a](#there)", "#there")]
    [InlineData("[a](../outside.md)", "../outside.md")]
    [InlineData("[a](docs/nothing.md \"title\")", "docs/nothing.md")]
    [InlineData("[a][b]\n\n[b]: docs/nothing.md\n", "docs/nothing.md")]
    [InlineData("a ` alone\n\n[a](docs/nothing.md) and ` another", "docs/nothing.md")]
    public void Broken_LinkToNothing_IsFound(string text, string link) => Assert.Equal([link], Broken(Document.Parse("a.md", text)));

    [Fact]
    public void Broken_GoodLinks_AreNone() =>
        Assert.Empty(Broken(
            Document.Parse("a.md", "# A `b`, c\n\n[a](#a-b-c) [b](docs/audit.md#a-line) [c](docs) [d](https://localhost) `[e](nothing)`")));

    [Fact]
    public void Index_OfTheDecisions_NamesEachOnce() => Assert.Equal(
        Documents.All
            .Where(d => d.Name.StartsWith("docs/decisions/0", StringComparison.Ordinal))
            .Select(d => Path.GetFileName(d.Name))
            .Order(StringComparer.Ordinal),
        Document.Read("docs/decisions/README.md").Links);

    private static IEnumerable<string> Broken(Document document) =>
        document.Links.Where(link => !IsElsewhere(link) && !Exists(document, link));

    private static bool IsElsewhere(string link) =>
        link.StartsWith("https://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal);

    private static bool Exists(Document document, string link)
    {
        string[] parts = link.Split('#', 2);
        string path = parts[0].Length == 0 ? document.FullPath : Path.GetFullPath(parts[0], Path.GetDirectoryName(document.FullPath)!);
        string name = Path.GetRelativePath(RepositoryFiles.Root, path).Replace('\\', '/');
        return !name.StartsWith("..", StringComparison.Ordinal)
            && (parts[0].Length == 0 || Path.Exists(path))
            && (parts.Length == 1 || (parts[0].Length == 0 ? document : Document.Read(name)).Anchors.Contains(parts[1]));
    }
}
