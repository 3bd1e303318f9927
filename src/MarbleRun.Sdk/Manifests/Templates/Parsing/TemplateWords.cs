using System.Collections.Frozen;

namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>The words with a special meaning (https://pkg.go.dev/text/template, "Actions" and "Functions").</summary>
internal static class TemplateWords
{
    public const string Index = "index";
    public const string And = "and";
    public const string Or = "or";
    public const string Printf = "printf";

    /// <summary>Words that begin or end actions; no function has one of these names.</summary>
    public static FrozenSet<string> Keywords { get; } = FrozenSet.Create(
        "if", "else", "end", "range", "with", "define", "template", "block", "break", "continue");

    /// <summary>
    /// Words of the full language that are not supported here: nested templates, and calls of functions that are values; the data contains
    /// no such functions.
    /// </summary>
    public static FrozenSet<string> LeftOut { get; } = FrozenSet.Create("define", "template", "block", "call");
}
