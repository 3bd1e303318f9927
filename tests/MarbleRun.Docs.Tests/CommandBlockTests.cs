using MarbleRun.Docs.Tests.Commands;
using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>Every block of commands is run: <see cref="CommandRunner.All"/> says by whom.</summary>
public sealed class CommandBlockTests
{
    public static TheoryData<string> Places => Documents.Places("sh");

    public static TheoryData<string, string> Rows => new(CommandRunner.All.Select(r => (r.File, r.Part)));

    [Theory]
    [MemberData(nameof(Places))]
    public void Block_OfADocument_HasSomebodyWhoRunsIt(string place)
    {
        CodeBlock block = Documents.BlockAt(place);

        Assert.True(
            CommandRunner.All.Count(r => r.Runs(block)) == 1,
            $"{place}: who runs these commands? Name the block by <!-- part: name --> before it, and add a row for it to "
            + $"{nameof(CommandRunner)} with the test that runs it.");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Row_OfTheTable_NamesABlockAndWhoRunsIt(string file, string part)
    {
        CommandRunner row = CommandRunner.All.Single(r => r.File == file && r.Part == part);
        CodeBlock block = Assert.Single(Documents.Blocks, row.Runs);

        Complaints.AssertNone(row.Runner == CommandRunner.Ci
            ? MissingIn(File.ReadAllText(Path.Combine(RepositoryFiles.Root, CommandRunner.Ci)), block)
            : Faults(row));
    }

    [Theory]
    [InlineData("NoSuchTests.Guide_Whole_Works", "people", "no file NoSuchTests.cs")]
    [InlineData("GovernanceGuideTests.Guide_Whole_Works", "people", "no test")]
    [InlineData("GovernanceGuideTests.Guide_FromTheFirstManifestToARecovery_WorksAsWritten", "persons", "\"persons\"")]
    public void Faults_RowThatNothingCovers_SayWhy(string runner, string part, string expected) =>
        Assert.Contains(
            expected, Assert.Single(Faults(new CommandRunner("docs/operations/governance.md", part, runner))), StringComparison.Ordinal);

    [Fact]
    public void MissingIn_CommandThatTheScriptLacks_IsFound() =>
        Assert.Equal(
            ["dotnet clean"],
            MissingIn("step dotnet test\n", new CodeBlock("a.md", 1, "sh", Note: null, "dotnet test  # all\ndotnet clean\n")));

    private static IEnumerable<string> MissingIn(string script, CodeBlock block) =>
        CommandLines.Of(block).Where(command => !script.Contains(command, StringComparison.Ordinal));

    /// <summary>The test must be there, and read this part of this document.</summary>
    private static IEnumerable<string> Faults(CommandRunner row)
    {
        if (TestSource.Find(row.Runner, out string? complaint) is not { } source)
        {
            return [complaint!];
        }

        return new[] { $"{Path.GetFileName(row.File)}\"", $"\"{row.Part}\"" }
            .Where(word => !source.Contains(word, StringComparison.Ordinal))
            .Select(word => $"{row.Runner} does not read {word} of {row.File}.");
    }
}
