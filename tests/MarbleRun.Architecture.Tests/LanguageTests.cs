using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Architecture.Tests;

/// <summary>Comments, messages and names use plain technical English; these words have a plainer replacement.</summary>
public sealed partial class LanguageTests
{
    private static readonly string[] s_folders = ["src", "tests", "benchmarks", "samples"];

    [Fact]
    public void Words_ThatHaveAPlainerReplacement_AreNotUsed()
    {
        Assert.Empty(s_folders
            .SelectMany(RepositoryFiles.CSharp)
            .Where(file => Path.GetFileName(file) != $"{nameof(LanguageTests)}.cs")
            .SelectMany(FindWords));
    }

    [Theory]
    [InlineData("The UUID is none.", "is none")]
    [InlineData("Whoever calls this", "Whoever")]
    [InlineData("he signs", "he")]
    [InlineData("this one, whether it", null)]
    [InlineData("the history of a stranger", "stranger")]
    [InlineData("Texts come from strangers.", "strangers")]
    [InlineData("private void LetStrangersIn()", "Strangers")]
    [InlineData("an exception with a sentence", "a sentence")]
    [InlineData("it is no CBOR record", "is no")]
    [InlineData("names that are no addresses", "are no")]
    [InlineData("there is no record, and it is no longer valid", null)]
    [InlineData("the field as it stands in the report", "as it stands")]
    [InlineData("that which follows it", "that which")]
    public void Words_InALine_AreFound(string line, string? word) =>
        Assert.Equal(word, Words().Match(line) is { Success: true } match ? match.Value : null);

    private static IEnumerable<string> FindWords(string file) => File.ReadLines(file).Index()
        .Select(line => (line.Index, Match: Words().Match(line.Item)))
        .Where(line => line.Match.Success)
        .Select(line => $"{Path.GetRelativePath(RepositoryFiles.Root, file)}:{line.Index + 1}: '{line.Match.Value}'");

    [GeneratedRegex(
        @"\b(?:is none|are none|whoever|nobody|is told|tells|anew|he|his|a sentence|in one hand|that which|as (?:it stands|they stand))\b"
        + @"|(?<!\bthere )\b(?:is|are) no\b(?! (?:longer|such|better|earlier|second|other|more)\b)"
        + "|(?i:strangers?)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
