using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.Docs.Tests.Snippets;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>Every C# block of the documents compiles.</summary>
public sealed class CSharpBlockTests
{
    public static TheoryData<string> Places => Documents.Places("csharp");

    [Theory]
    [MemberData(nameof(Places))]
    public void Block_OfADocument_Compiles(string place) => Complaints.AssertNone(SnippetCompiler.Compile(Documents.BlockAt(place)));

    [Theory]
    [InlineData("Console.WriteLine(missing);\n", "a.md:2: CS0103")]
    [InlineData("string text = null;\nConsole.WriteLine(text);\n", "a.md:2: CS8600")]
    [InlineData(
        "using MarbleRun.Attestation;\n\nvar builder = WebApplication.CreateBuilder();\nbuilder.Services.AddMarbles();\n",
        "a.md:5: CS1061")]
    public void Compile_WrongSnippet_NamesTheLineOfTheDocument(string content, string expected) =>
        Assert.Contains(SnippetCompiler.Compile(Block(content)), complaint => complaint.StartsWith(expected, StringComparison.Ordinal));

    [Fact]
    public void Compile_NoteInFront_CountsAsWritten()
    {
        const string Content = "using System.Text;\nConsole.WriteLine(Encoding.UTF8.GetByteCount(name));\n";

        Assert.NotEmpty(SnippetCompiler.Compile(Block(Content)));
        Assert.Empty(SnippetCompiler.Compile(Block(Content) with { Note = "snippet: using System.Text.Json; string name = \"a\";" }));
    }

    [Theory]
    [InlineData(
        "public sealed class Orders(HttpClient client)\n{\n    public Task<string> GetAsync() => client.GetStringAsync(\"/\");\n}\n")]
    [InlineData("using Xunit;\n")]
    public void Compile_WholeFile_NeedsNoStatements(string content) =>
        Assert.Equal(content.Contains("Xunit", StringComparison.Ordinal), SnippetCompiler.Compile(Block(content)).Count > 0);

    private static CodeBlock Block(string content) => new("a.md", 1, "csharp", Note: null, content);
}
