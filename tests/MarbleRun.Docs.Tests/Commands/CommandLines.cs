using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests.Commands;

/// <summary>The single commands of a block, for who does not give it to a shell as it is.</summary>
internal static class CommandLines
{
    public static IEnumerable<string> Of(CodeBlock block) =>
        block.Content.Split('\n').Select(line => line.Split(" #")[0].Trim()).Where(line => line.Length > 0 && !line.StartsWith('#'));
}
