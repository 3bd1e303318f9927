using System.Xml.Linq;
using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport;

namespace MarbleRun.Docs.Tests;

/// <summary>Every block of XML is a property of a project that the targets of a package read.</summary>
public sealed class XmlBlockTests
{
    private static readonly string s_targets = string.Concat(
        Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "src"), "*.targets", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText));

    public static TheoryData<string> Places => Documents.Places("xml");

    [Theory]
    [MemberData(nameof(Places))]
    public void Block_OfADocument_IsAPropertyThatTheTargetsRead(string place) =>
        Assert.True(IsRead(Documents.BlockAt(place).Content), place);

    [Fact]
    public void Property_ThatNoTargetReads_IsNoticed() => Assert.False(IsRead("<MarbleCoordinatorTrusts>None</MarbleCoordinatorTrusts>"));

    private static bool IsRead(string property) => s_targets.Contains($"$({XElement.Parse(property).Name})", StringComparison.Ordinal);
}
