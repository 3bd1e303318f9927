using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>No block escapes the tests.</summary>
public sealed class BlockRuleTests
{
    [Fact]
    public void Block_OfAnyDocument_HasALanguageThatIsChecked() =>
        Complaints.AssertNone(Documents.Blocks.Select(BlockRules.Complaint).OfType<string>());

    [Fact]
    public void Prose_OfAnyDocument_HidesNoBlock() =>
        Assert.All(Documents.All, d => Assert.False(
            d.Prose.Contains("```", StringComparison.Ordinal), $"{d.Name} has a block that is not read, for instance in a quote."));

    [Theory]
    [InlineData("", "no language")]
    [InlineData("go", "nothing checks blocks of 'go'")]
    public void Complaint_BlockWithoutARule_SaysWhatToDo(string language, string expected) =>
        Assert.Contains(
            expected, BlockRules.Complaint(new CodeBlock("a.md", 1, language, Note: null, string.Empty)), StringComparison.Ordinal);

    [Fact]
    public void Parse_Document_FindsBlocksWithTheirNotes()
    {
        const string Text =
            "# One\n\n<!-- part: first -->\n```sh\nls\n```\n\n````text\n```\n````\n\n     ```yaml\na: b\n     ```\n~~~csharp\n;\n~~~~\n";

        Document document = Document.Parse("a.md", Text);

        Assert.Equal(
            [
                new("a.md", 4, "sh", "part: first", "ls\n"),
                new("a.md", 8, "text", null, "```\n"),
                new("a.md", 12, "yaml", null, "a: b\n"),
                new CodeBlock("a.md", 15, "csharp", null, ";\n"),
            ],
            document.Blocks);
        Assert.Equal("first", document.Blocks[0].Part);
    }

    [Fact]
    public void Parse_BlockThatIsNotClosed_IsRefused() =>
        Assert.Throws<InvalidDataException>(() => Document.Parse("a.md", "text\n```sh\nls\n"));
}
