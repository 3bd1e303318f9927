using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Docs.Tests;

/// <summary>The table in CONTRIBUTING.md that leads a contributor from a question to a file.</summary>
public sealed partial class ContributorMapTests
{
    private const string Heading = "## Where to find things";

    public static TheoryData<string> Rows =>
    [
        .. File.ReadAllText(Path.Combine(RepositoryFiles.Root, "CONTRIBUTING.md"))
            .Split(Heading)[1]
            .Split("\n## ")[0]
            .Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1),
    ];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Row_LeadsToAFile_ByProjectRoomAndTheNameOfItsType(string row)
    {
        Match way = Way().Match(row);
        string path = string.Join('/', "src", way.Groups["project"].Value, way.Groups["room"].Value, $"{way.Groups["type"].Value}.cs");

        Assert.True(way.Success, row);
        Assert.Equal(path, way.Groups["path"].Value);
        Assert.Matches($@"\b(class|record|struct|interface|enum) {way.Groups["type"].Value}\b", File.ReadAllText(
            Path.Combine(RepositoryFiles.Root, path)));
    }

    [Fact]
    public void Rows_AnswerTheQuestionsOfANewContributor() => Assert.True(Rows.Count >= 6, $"{Rows.Count} rows below '{Heading}'.");

    [GeneratedRegex(@"^\| [^|]+\? \| `(?<project>MarbleRun\.\w+)`, `(?<room>[\w/]+)`, \[`(?<type>\w+)`\]\((?<path>[\w./]+)\)[^|]*\|$")]
    private static partial Regex Way();
}
