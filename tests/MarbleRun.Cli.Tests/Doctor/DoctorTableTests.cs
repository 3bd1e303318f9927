using System.Text.RegularExpressions;
using MarbleRun.Cli.Doctor;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>docs/operations/doctor.md has a row for each check, and each check leads to a heading that exists.</summary>
public sealed partial class DoctorTableTests
{
    private const string Page = "docs/operations/doctor.md";

    [Fact]
    public void Table_HasARowForEachCheck_InItsOrder()
    {
        string text = File.ReadAllText(Path.Combine(RepositoryFiles.Root, Page));

        Assert.Equal(
            DoctorChecks.All.Select(c => $"{c.Id} | {c.Title} | {c.Docs}"),
            Row().Matches(text).Select(m => $"{m.Groups["id"].Value} | {m.Groups["title"].Value} | {Target(m.Groups["link"].Value)}"));
    }

    [Fact]
    public void Ids_AreUniqueAndStartWithAGroup()
    {
        Assert.Equal(DoctorChecks.All.Count, DoctorChecks.All.Select(c => c.Id).Distinct().Count());
        Assert.Equal(DoctorChecks.Titles.Keys, DoctorChecks.All.Select(c => c.Group).Distinct());
        Assert.All(DoctorChecks.All, c => Assert.Matches("^[a-z]+\\.[a-z]+$", c.Id));
    }

    [Fact]
    public void Links_LeadToHeadings() => Assert.Empty(DoctorChecks.All.Where(c => !Exists(c.Docs)).Select(c => $"{c.Id}: {c.Docs}"));

    private static bool Exists(string link)
    {
        string[] parts = link.Split('#', 2);
        return File.Exists(Path.Combine(RepositoryFiles.Root, parts[0]))
            && (parts.Length == 1 || Document.Read(parts[0]).Anchors.Contains(parts[1]));
    }

    /// <summary>Links of the page are relative to its folder.</summary>
    private static string Target(string link) =>
        Path.GetRelativePath(RepositoryFiles.Root, Path.GetFullPath(link, Path.Combine(RepositoryFiles.Root, "docs/operations")))
            .Replace('\\', '/');

    [GeneratedRegex(@"^\| `(?<id>[a-z.]+)` \| (?<title>[^|]+) \| \[[^\]]+\]\((?<link>[^)]+)\) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
