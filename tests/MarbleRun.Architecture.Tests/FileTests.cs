using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Architecture.Tests;

public sealed partial class FileTests
{
    [Theory]
    [InlineData("src", 400)]
    [InlineData("samples", 400)]
    [InlineData("tests", 600)]
    public void Length_OfAnyFile_StaysBelowTheLimit(string folder, int limit)
    {
        IEnumerable<string> tooLong = RepositoryFiles.CSharp(folder)
            .Where(f => File.ReadLines(f).Count() > limit)
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f));

        Assert.Empty(tooLong);
    }

    [Fact]
    public void Length_OfTheMedianSourceFile_IsAboutAScreen()
    {
        int[] lengths = [.. RepositoryFiles.CSharp("src").Select(f => File.ReadLines(f).Count()).Order()];

        Assert.InRange(lengths[lengths.Length / 2], 1, 60);
    }

    [Fact]
    public void Types_PublicOnesOfAFile_AreOneAtMost()
    {
        IEnumerable<string> crowded = RepositoryFiles.CSharp("src")
            .Where(f => PublicType().Count(File.ReadAllText(f)) > 1)
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f));

        Assert.Empty(crowded);
    }

    /// <summary>What test projects share is in TestSupport. A file of a product is not one of a test project.</summary>
    [Fact]
    public void Compile_OfATestProject_TakesNoFileOfAnother()
    {
        IEnumerable<string> links = Directory
            .EnumerateFiles(Path.Combine(RepositoryFiles.Root, "tests"), "*.csproj", SearchOption.AllDirectories)
            .Where(f => LinkToATest().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f));

        Assert.Empty(links);
    }

    [GeneratedRegex(@"<Compile Include=""\.\./(?!\.\./src/)")]
    private static partial Regex LinkToATest();

    [GeneratedRegex(
        @"^public (?:(?:static|sealed|abstract|partial|readonly) )*(?:class|record|struct|interface|enum|delegate) ",
        RegexOptions.Multiline)]
    private static partial Regex PublicType();
}
