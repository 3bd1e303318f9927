using MarbleRun.TestSupport;
using Mono.Cecil;

namespace MarbleRun.Architecture.Tests;

/// <summary>
/// The tables in <c>tests/cases</c> list the cases of the protocol with the tests that cover them. They are generated from the attributes
/// <see cref="CaseAttribute"/> of the tests: with <c>MARBLERUN_UPDATE_CASES=1</c> these tests write the tables.
/// </summary>
public sealed class CaseTableTests
{
    private const string Update = "MARBLERUN_UPDATE_CASES";

    private static readonly string[] s_projects =
    [
        "MarbleRun.Attestation.Tests",
        "MarbleRun.Sdk.Tests",
        "MarbleRun.Coordinator.Tests",
        "MarbleRun.Cli.Tests",
    ];

    public static TheoryData<string> Tables => [.. CaseTable.Names];

    private static Lazy<IReadOnlyList<(string Test, IReadOnlyList<(string Table, string Text)> Cases)>> Tests { get; } = new(
        () => [.. s_projects.SelectMany(ReadTests)]);

    [Theory]
    [InlineData("manifest", 50)]
    [InlineData("marble-api", 50)]
    [InlineData("updates-and-users", 50)]
    [InlineData("state-and-sealing", 50)]
    [InlineData("client-api", 100)]
    [InlineData("observability", 25)]
    public void Rows_OfATable_NameATestOrSayWhyThereIsNone(string table, int least)
    {
        (string Case, string Tests)[] rows = [.. CaseTable.Read(table).Rows];

        Assert.InRange(rows.Length, least, int.MaxValue);
        Assert.All(rows, row => Assert.True(CaseTable.TestName().IsMatch(row.Tests) || CaseTable.IsReason(row.Tests), row.Case));
        Assert.Distinct(rows.Select(row => row.Case));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Rows_OfATable_NameTestsThatExist(string table)
    {
        HashSet<string> tests = [.. Tests.Value.Select(t => t.Test)];

        Assert.All(
            CaseTable.Read(table).Rows.SelectMany(row => CaseTable.TestName().Matches(row.Tests)),
            name => Assert.Contains(name.Groups[1].Value, tests));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Rows_OfATable_AreTheCasesOfTheTests(string table)
    {
        var written = CaseTable.Read(table);
        CaseTable generated = written.With(Tests.Value
            .SelectMany(t => t.Cases.Where(c => c.Table == table).Select(c => (c.Text, t.Test)))
            .ToLookup(c => c.Text, c => c.Test));

        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllText(CaseTable.PathOf(table), generated.Text);
            written = CaseTable.Read(table);
        }

        Assert.True(
            written.Text == generated.Text,
            $"{table}.md differs from the attributes of the tests: {string.Join("; ", generated.Rows.Except(written.Rows))} is expected, "
            + $"{string.Join("; ", written.Rows.Except(generated.Rows))} is found. {Update}=1 writes the table.");
    }

    [Fact]
    public void Case_OfAnyTest_IsOfATableThatExists() =>
        Assert.Subset(CaseTable.Names.ToHashSet(), Tests.Value.SelectMany(t => t.Cases).Select(c => c.Table).ToHashSet());

    [Fact]
    public void With_CasesOfTests_KeepsOrderAndReasonsAndAppendsNewOnes()
    {
        var table = CaseTable.Parse(
            "# Title\n\n| Case | Tests |\n|---|---|\n| b | `BTests.Two`, `BTests.One` |\n| gone | `BTests.One` |\n"
            + "| a | Does not apply: a reason. |\n");

        (string Case, string Test)[] cases = [("new", "CTests.One"), ("b", "ATests.New"), ("b", "BTests.One"), ("b", "BTests.Two")];

        CaseTable changed = table.With(cases.ToLookup(c => c.Case, c => c.Test));

        Assert.Equal(
            "# Title\n\n| Case | Tests |\n|---|---|\n| b | `BTests.Two`, `BTests.One`, `ATests.New` |\n"
            + "| a | Does not apply: a reason. |\n| new | `CTests.One` |\n",
            changed.Text);
    }

    /// <summary>Class and method of each test, with the cases that it names.</summary>
    private static IEnumerable<(string Test, IReadOnlyList<(string Table, string Text)> Cases)> ReadTests(string project)
    {
        using var module = ModuleDefinition.ReadModule(TestAssemblies.PathOf(project));
        return
        [
            .. from type in module.GetTypes()
               from method in type.Methods
               where TestAssemblies.IsTest(method)
               select ($"{type.Name}.{method.Name}", (IReadOnlyList<(string, string)>)
               [
                   .. method.CustomAttributes
                       .Where(a => a.AttributeType.Name == nameof(CaseAttribute))
                       .Select(a => ((string)a.ConstructorArguments[0].Value, (string)a.ConstructorArguments[1].Value)),
               ]),
        ];
    }
}
