using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests.Markdown;

/// <summary>The documents whose blocks and links are checked.</summary>
internal static class Documents
{
    private static readonly string[] s_single = ["README.md", "CONTRIBUTING.md", "SECURITY.md"];

    private static readonly string[] s_generated = ["artifacts", "bin", "obj"];

    public static IReadOnlyList<Document> All { get; } =
    [
        .. s_single
            .Concat(Below("docs", "*.md"))
            .Concat(Below("nuget", "*.md"))
            .Concat(Below("samples", "*.md"))
            .Concat(Below("tests", "README.md"))
            .Select(Document.Read),
    ];

    public static IEnumerable<CodeBlock> Blocks => All.SelectMany(d => d.Blocks);

    /// <summary>The blocks of some languages as rows of a theory, by their place.</summary>
    public static TheoryData<string> Places(params string[] languages) =>
        [.. Blocks.Where(b => languages.Contains(b.Language)).Select(b => b.ToString())];

    public static CodeBlock BlockAt(string place) => Blocks.Single(b => b.ToString() == place);

    private static IEnumerable<string> Below(string folder, string pattern)
    {
        string path = Path.Combine(RepositoryFiles.Root, folder);
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(RepositoryFiles.Root, file).Replace('\\', '/'))
                .Where(file => !file.Split('/').Any(s_generated.Contains))
                .Order(StringComparer.Ordinal)
            : [];
    }
}
