using System.Globalization;
using MarbleRun.TestSupport.Markdown;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MarbleRun.Docs.Tests.Snippets;

/// <summary>
/// Compiles a block as the only file of a project of the Web SDK that references MarbleRun.Sdk and MarbleRun.Coordinator: its usings,
/// nullable annotations, and every warning an error.
/// </summary>
/// <remarks>
/// A block is a whole file or top-level statements. What its reader has written before it can stand in a note, <c>snippet: C# code</c>: it
/// is put in front. Types that the reader has follow there after <c>behind:</c>, and are put at the end.
/// </remarks>
internal static class SnippetCompiler
{
    private const string NoteMark = "snippet:";
    private const string BehindMark = "behind:";

    /// <summary>Assemblies that this project references for itself.</summary>
    private static readonly string[] s_ownTools =
    [
        "xunit.",
        "Microsoft.CodeAnalysis",
        "Microsoft.Testing",
        "MarbleRun.TestSupport",
        "marblerun.dll",
    ];

    // A block may be a program of one file, with directives like #:package.
    private static readonly CSharpParseOptions s_language =
        new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.None).WithFeatures([new("FileBasedProgram", "true")]);

    private static readonly SyntaxTree s_implicitUsings = CSharpSyntaxTree.ParseText(
        string.Concat(
            ((string[])
            [
                "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading",
                "System.Threading.Tasks",
                "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting",
                "Microsoft.AspNetCore.Http",
                "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration",
                "Microsoft.Extensions.DependencyInjection",
                "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
            ]).Select(name => $"global using {name};\n")),
        s_language);

    private static readonly Lazy<IReadOnlyList<MetadataReference>> s_references = new(() =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "snippet-references.txt"))
            .Where(path => !s_ownTools.Any(tool => Path.GetFileName(path).StartsWith(tool, StringComparison.Ordinal)))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>What the compiler complains about, with the line of the document; empty if the block compiles.</summary>
    public static IReadOnlyList<string> Compile(CodeBlock block)
    {
        string code = Assemble(block);
        SyntaxTree tree = CSharpSyntaxTree.ParseText(code, s_language, block.File);
        bool isProgram = tree.GetCompilationUnitRoot().Members.Any(m => m is GlobalStatementSyntax);
        var options = new CSharpCompilationOptions(
            isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: NullableContextOptions.Enable,
            generalDiagnosticOption: ReportDiagnostic.Error,
            specificDiagnosticOptions: Unavoidable);
        var compilation = CSharpCompilation.Create("Snippet", [s_implicitUsings, tree], s_references.Value, options);
        using var output = new MemoryStream();
        return [.. compilation.Emit(output).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(Describe)];
    }

    /// <summary>Versions of the framework that packages were built for; a build resolves them.</summary>
    private static Dictionary<string, ReportDiagnostic> Unavoidable =>
        new() { ["CS1701"] = ReportDiagnostic.Suppress, ["CS1702"] = ReportDiagnostic.Suppress };

    /// <summary>Usings of both come first, as the language demands.</summary>
    private static string Assemble(CodeBlock block)
    {
        (string usings, string rest) = Split(block.Content);
        string note = block.Note?.StartsWith(NoteMark, StringComparison.Ordinal) == true ? block.Note[NoteMark.Length..] : string.Empty;
        (string before, string behind) = note.Split(BehindMark, 2) is [var first, var second] ? (first, second) : (note, string.Empty);
        (string usingsBefore, string restBefore) = Split(before);
        int line = block.Line + 1;
        return $"{usingsBefore}\n{Place(line)}{usings}\n#line "
            + $"hidden\n{restBefore}\n{Place(line + usings.Count(c => c == '\n'))}{rest}\n#line hidden\n{behind}";

        string Place(int number) => string.Create(CultureInfo.InvariantCulture, $"#line {number} \"{block.File}\"\n");
    }

    private static (string Usings, string Remainder) Split(string code)
    {
        CompilationUnitSyntax unit = SyntaxFactory.ParseCompilationUnit(code, options: s_language);
        int end = unit.Usings.Count == 0 ? 0 : unit.Usings[^1].FullSpan.End;
        return (code[..end], code[end..]);
    }

    private static string Describe(Diagnostic diagnostic)
    {
        FileLinePositionSpan place = diagnostic.Location.GetMappedLineSpan();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{place.Path}:{place.StartLinePosition.Line + 1}: {diagnostic.Id}: {diagnostic.GetMessage(CultureInfo.InvariantCulture)}");
    }
}
