using Xunit.v3;

namespace MarbleRun.TestSupport;

/// <summary>
/// Names a case of the protocol that the test covers. The tables in <c>tests/cases</c> are generated from these attributes;
/// <c>--filter-trait "Case=client-api"</c> runs the tests of one table.
/// </summary>
/// <param name="table">The name of the table's file without its extension.</param>
/// <param name="text">The case in words; tests that cover one case together give it the same text.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CaseAttribute(string table, string text) : Attribute, ITraitAttribute
{
    public string Table { get; } = table;

    public string Text { get; } = text;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [KeyValuePair.Create("Case", Table)];
}
