using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests.Markdown;

/// <summary>What becomes of a block is decided by its language.</summary>
internal static class BlockRules
{
    /// <summary>Languages, each with the tests that check its blocks.</summary>
    private static readonly Dictionary<string, Type> s_checked = new(StringComparer.Ordinal)
    {
        ["csharp"] = typeof(CSharpBlockTests),
        ["json"] = typeof(JsonBlockTests),
        ["jsonl"] = typeof(JsonLinesBlockTests),
        ["xml"] = typeof(XmlBlockTests),
        ["yaml"] = typeof(YamlBlockTests),
        ["sh"] = typeof(CommandBlockTests),
        ["text"] = typeof(TextBlockTests),
    };

    /// <summary>What the author has to do, or null if the block's language has its tests.</summary>
    public static string? Complaint(CodeBlock block) =>
        s_checked.ContainsKey(block.Language) ? null
        : block.Language.Length == 0
            ? $"{block}: the block has no language. Write sh behind the fence for commands, and text for output or a drawing."
            : $"{block}: nothing checks blocks of '{block.Language}'. Use one of {string.Join(", ", s_checked.Keys)}, or write a test for "
            + $"it and add it to {nameof(BlockRules)}.";
}
