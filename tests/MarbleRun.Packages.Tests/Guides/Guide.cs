using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Packages.Tests.Guides;

/// <summary>What a document asks its reader to do.</summary>
internal static class Guide
{
    /// <summary>The commands of a part, unchanged.</summary>
    public static string Commands(string file, string part) =>
        Document.Read(file).Blocks.Single(b => b.Language == "sh" && b.Part == part).Content;

    /// <summary>A property of a project, unchanged.</summary>
    public static string Property(string file, string part) =>
        Document.Read(file).Blocks.Single(b => b.Language == "xml" && b.Part == part).Content.TrimEnd();

    /// <summary>The C# block that has a certain text.</summary>
    public static string Program(string file, string text) =>
        Document.Read(file).Blocks.Single(b => b.Language == "csharp" && b.Content.Contains(text, StringComparison.Ordinal)).Content;

    /// <summary>The line of a C# block that ends in a comment, without it.</summary>
    public static string Line(string file, string comment) =>
        Document.Read(file).Blocks
            .SelectMany(b => b.Content.Split('\n'))
            .Single(line => line.EndsWith(comment, StringComparison.Ordinal))[..^comment.Length].TrimEnd();
}
