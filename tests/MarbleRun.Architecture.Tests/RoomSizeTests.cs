using MarbleRun.TestSupport;
using Mono.Cecil;

namespace MarbleRun.Architecture.Tests;

/// <summary>A room has as many files as a reader can survey, and a name means one type.</summary>
public sealed class RoomSizeTests
{
    private const int Fewest = 4;
    private const int Most = 25;

    private static readonly string[] s_projects = ["src/MarbleRun.Attestation", "src/MarbleRun.Sdk", "src/MarbleRun.Coordinator"];

    /// <summary>Rooms of another size, each with its reason. Remove the row when the reason is gone; a row that is not needed
    /// fails.</summary>
    private static readonly Dictionary<string, string> s_otherSizes = new()
    {
        ["src/MarbleRun.Attestation/Files"] = "three assemblies compile it, so nothing else can stand there",
        ["src/MarbleRun.Attestation/Dcap"] = "one verification of Intel's, whose parts have no meaning apart",
        ["src/MarbleRun.Sdk/Management"] = "one client, whose parts are files of one class",
    };

    [Fact]
    public void Rooms_HaveFewFiles_ButNotTooFew()
    {
        IEnumerable<string> others = s_projects
            .SelectMany(project => RepositoryFiles.CSharp(project)
                .GroupBy(f => Path.GetRelativePath(RepositoryFiles.Root, Path.GetDirectoryName(f)!).Replace('\\', '/'))
                .Where(room => room.Count() > Most || (room.Count() < Fewest && room.Key != project))
                .Select(room => room.Key));

        Assert.Equal(s_otherSizes.Keys.Order(StringComparer.Ordinal), others.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Types_HaveNamesOfTheirOwn() => Assert.Empty(SharedNames());

    /// <remarks>A source file that several assemblies compile makes one type, not several.</remarks>
    private static IEnumerable<string> SharedNames() =>
        Rooms.All.SelectMany(rooms => rooms.Types)
            .SelectMany(WithNested)
            .DistinctBy(type => type.FullName)
            .GroupBy(type => type.Name, StringComparer.Ordinal)
            .Where(types => types.Count() > 1)
            .Select(types => types.Key);

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) =>
        type.NestedTypes.Where(nested => !nested.IsNestedPrivate).SelectMany(WithNested).Prepend(type);
}
