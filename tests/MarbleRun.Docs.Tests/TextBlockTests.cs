using MarbleRun.Docs.Tests.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>Blocks that nothing runs are output and drawings, and few.</summary>
public sealed class TextBlockTests
{
    private const int Most = 12;

    private static readonly string[] s_commands = ["$ ", "> ", "dotnet ", "curl ", "marblerun ", "openssl ", "docker ", "kubectl ", "git ", "cd ", "export "];

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

    private static bool IsCommand(CodeBlock block) =>
        s_commands.Any(c => block.Content.TrimStart().StartsWith(c, StringComparison.Ordinal));
}
