using System.Text.Json;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>A template, and what Go's text/template makes of it.</summary>
/// <param name="Source">The template.</param>
/// <param name="Env">Whether it is for an environment variable.</param>
/// <param name="Output">Go's result; null if Go refuses it, or fails.</param>
/// <param name="Refused">We refuse it all the same, because it is outside of our part of the language.</param>
internal sealed record OracleCase(string Source, bool Env = false, byte[]? Output = null, bool Refused = false)
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Manifests", "Templates", "oracle");

    public TemplateTarget Target => Env ? TemplateTarget.Environment : TemplateTarget.File;

    /// <summary>The cases that are kept, with Go's results.</summary>
    public static OracleCase[] ReadCorpus() =>
        [.. File.ReadLines(Path.Combine(Folder, "corpus.jsonl")).Select(line => JsonSerializer.Deserialize<OracleCase>(line)!)];
}
