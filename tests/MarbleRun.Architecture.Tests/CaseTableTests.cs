using System.Text.RegularExpressions;
using MarbleRun.TestSupport;
using Mono.Cecil;

namespace MarbleRun.Architecture.Tests;

/// <summary>The tables in <c>tests/cases</c> say which test holds which case of the protocol; none may name a test that is gone.</summary>
public sealed partial class CaseTableTests
{
    private static readonly string[] s_projects =
    [
        "MarbleRun.Attestation.Tests",
        "MarbleRun.Sdk.Tests",
        "MarbleRun.Coordinator.Tests",
        "MarbleRun.Cli.Tests",
    ];

    [Theory]
    [InlineData("manifest.md", 50)]
    [InlineData("marble-api.md", 50)]
    [InlineData("updates-and-users.md", 50)]
    [InlineData("state-and-sealing.md", 50)]
    [InlineData("client-api.md", 100)]
    [InlineData("observability.md", 25)]
    public void Rows_OfATable_NameATestOrSayWhyThereIsNone(string table, int least)
    {
        (string Case, string Tests)[] rows = [.. Rows(table)];

        Assert.InRange(rows.Length, least, int.MaxValue);
        Assert.All(rows, row => Assert.True(
            TestName().IsMatch(row.Tests) || row.Tests.StartsWith("Does not apply", StringComparison.Ordinal), row.Case));
        Assert.Distinct(rows.Select(row => row.Case));
    }

    [Theory]
    [InlineData("manifest.md")]
    [InlineData("marble-api.md")]
    [InlineData("updates-and-users.md")]
    [InlineData("state-and-sealing.md")]
    [InlineData("client-api.md")]
    [InlineData("observability.md")]
    public void Rows_OfATable_NameTestsThatExist(string table)
    {
        HashSet<string> tests = [.. s_projects.SelectMany(TestsIn)];

        Assert.All(Rows(table).SelectMany(row => TestName().Matches(row.Tests)), name => Assert.Contains(name.Groups[1].Value, tests));
    }

    private static IEnumerable<(string Case, string Tests)> Rows(string table) =>
        File.ReadLines(Path.Combine(RepositoryFiles.Root, "tests", "cases", table))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (cells[1], cells[2]));

    /// <summary>Class and method of each test.</summary>
    private static IEnumerable<string> TestsIn(string project)
    {
        using var module = ModuleDefinition.ReadModule(TestAssemblies.PathOf(project));
        return [.. from type in module.GetTypes()
            from method in type.Methods
            where TestAssemblies.IsTest(method)
            select $"{type.Name}.{method.Name}"];
    }

    [GeneratedRegex(@"`([A-Za-z0-9]+Tests\.[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();
}
