using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Docs.Tests;

/// <summary>The sources of all tests, in which documents name one as <c>Class.Method</c>.</summary>
internal static class TestSource
{
    private static readonly Lazy<ILookup<string, string>> s_files = new(
        () => RepositoryFiles.CSharp("tests").ToLookup(f => Path.GetFileNameWithoutExtension(f)));

    /// <summary>The text of the file that has the test, which must not be skipped always.</summary>
    /// <param name="name">Class and method.</param>
    /// <param name="complaint">Why there is no such test; null if there is one.</param>
    public static string? Find(string name, out string? complaint)
    {
        string[] names = name.Split('.');
        string[] sources = [.. s_files.Value[names[0]].Select(File.ReadAllText)];
        string? source = sources.FirstOrDefault(text => IsIn(text, names[1]));
        complaint = source is not null ? null
            : sources.Length == 0 ? $"There is no file {names[0]}.cs among the tests."
            : $"{names[0]} has no test {names[1]}.";
        return source;
    }

    private static bool IsIn(string source, string method) =>
        Regex.IsMatch(
            source,
            $@"\[(?:Fact|Theory)\b(?!\(Skip)[^\n]*\](?:\s*\[[^\n]+\])*\s*public (?:static )?(?:async )?(?:Task|ValueTask|void) "
            + $@"{Regex.Escape(method)}\(");
}
