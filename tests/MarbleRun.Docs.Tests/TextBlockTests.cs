using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>Blocks that nothing runs are output and drawings, and few.</summary>
public sealed class TextBlockTests
{
    private const int Most = 12;

    private static readonly string[] s_commands =
    [
        "$ ", "> ", "dotnet ", "curl ", "marblerun ", "openssl ", "docker ", "kubectl ", "git ", "cd ", "export ",
    ];

    [Fact]
    public void Blocks_OfText_AreFewAndNoCommands()
    {
        CodeBlock[] blocks = [.. Documents.Blocks.Where(b => b.Language == "text")];

        Assert.InRange(blocks.Length, 1, Most);
        Assert.DoesNotContain(blocks, IsCommand);
    }

    [Theory]
    [InlineData("dotnet test\n", true)]
    [InlineData("$ ls\n", true)]
    [InlineData("Rejected (Policy)\n  ok   quote.structure\n", false)]
    public void IsCommand_FirstLine_Decides(string content, bool expected) =>
        Assert.Equal(expected, IsCommand(new CodeBlock("a.md", 1, "text", Note: null, content)));

    // A part is something that a test reads, which it would not do with commands in a block of text.
    private static bool IsCommand(CodeBlock block) =>
        block.Part is null && s_commands.Any(c => block.Content.TrimStart().StartsWith(c, StringComparison.Ordinal));
}
