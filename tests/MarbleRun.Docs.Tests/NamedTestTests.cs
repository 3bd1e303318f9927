using System.Text.RegularExpressions;
using MarbleRun.Docs.Tests.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>Documents that rely on tests name tests that there are.</summary>
public sealed partial class NamedTestTests
{
    [Fact]
    public void Documents_ThatNameTests_NameOnesThatExist()
    {
        string[] names = [.. Documents.All
            .Where(d => !d.Name.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(d => Names(File.ReadAllText(d.FullPath)))];

        Assert.NotEmpty(names);
        Complaints.AssertNone(
            names.Select(name => TestSource.Find(name, out string? complaint) is null ? complaint : null).OfType<string>());
    }

    [Theory]
    [InlineData("`NamedTestTests.Documents_ThatNameTests_NameOnesThatExist`", true)]
    [InlineData("`NamedTestTests.Documents_ThatNameNothing_Exist`", false)]
    public void Find_NameOfATest_SaysWhetherItExists(string text, bool expected) =>
        Assert.Equal(expected, TestSource.Find(Assert.Single(Names(text)), out _) is not null);

    private static IEnumerable<string> Names(string text) => TestName().Matches(text).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
