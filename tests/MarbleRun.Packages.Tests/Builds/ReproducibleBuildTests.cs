using System.Security.Cryptography;
using MarbleRun.Packages.Tests.Contents;
using MarbleRun.Packages.Tests.Workbench;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Builds;

/// <summary>The bytes depend on the commit alone: not on the folder, its depth, the time zone or the language.</summary>
[Trait("Security", "G10")]
public sealed class ReproducibleBuildTests(PackageFeed feed)
{
    private const string Address = "https://github.com/example/marblerun-dotnet";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Feed_BuiltInAnotherFolderTimeZoneAndLanguage_HasTheSameBytes()
    {
        RepositoryClone clone = await CloneAsync("a/much/deeper/folder/than the other", "Pacific/Auckland", "tr_TR.UTF-8");
        await clone.PackAsync(Cancellation);
        string first = await FirstFeedAsync();

        Assert.Equal(Names(first), Names(clone.Feed));
        Assert.Empty(Names(first)
            .Where(name => Hash(first, name) != Hash(clone.Feed, name))
            .SelectMany(name => Differences(name, first, clone.Feed)));
    }

    [Fact]
    public async Task Symbols_OfARepositoryWithAnAddress_LeadToTheSourcesOfTheCommit()
    {
        RepositoryClone clone = await CloneAsync("public", "UTC", "C.UTF-8");
        await clone.Terminal.RunAsync($"git remote remove origin\ngit remote add origin {Address}.git", Cancellation);
        string commit = (await clone.Terminal.RunAsync("git rev-parse HEAD", Cancellation)).Trim();

        await clone.Terminal.RunAsync(
            """
            dotnet restore src/MarbleRun.Sdk.Tools
            dotnet pack src/MarbleRun.Sdk --no-restore --configuration Release --output packed -p:ContinuousIntegrationBuild=true
            """,
            Cancellation);
        var symbols = PackageArchive.Read(Assert.Single(Directory.EnumerateFiles(clone.Terminal.PathOf("packed"), "*.snupkg")));
        byte[] pdb = Assert.Single(symbols.Files, f => f.Key.EndsWith(".pdb", StringComparison.Ordinal)).Value;
        (string Name, bool IsEmbedded)[] documents = [.. BuildTraces.Documents(pdb)];

        Assert.Equal(
            $$$"""{"documents":{"/_/*":"https://raw.githubusercontent.com/example/marblerun-dotnet/{{{commit}}}/*"}}""",
            BuildTraces.SourceLink(pdb));
        Assert.All(documents, d => Assert.StartsWith("/_/", d.Name, StringComparison.Ordinal));
        Assert.All(documents, d => Assert.Equal(d.Name.StartsWith("/_/artifacts/", StringComparison.Ordinal), d.IsEmbedded));
        Assert.Contains(documents, d => d.IsEmbedded && d.Name.EndsWith("LoggerMessage.g.cs", StringComparison.Ordinal));
        Assert.Contains(documents, d => !d.IsEmbedded);
        Assert.Equal(Address + ".git", (string?)Assert.Single(symbols.Elements("repository")).Attribute("url"));
    }

    /// <summary>What stands in the work tree counts only if it is the commit.</summary>
    private async Task<string> FirstFeedAsync()
    {
        if ((await feed.User.In(RepositoryFiles.Root).RunAsync("git status --porcelain", Cancellation)).Trim().Length == 0)
        {
            return PackageFeed.Path;
        }

        RepositoryClone clone = await CloneAsync("first", "UTC", "C.UTF-8");
        await clone.PackAsync(Cancellation);
        return clone.Feed;
    }

    private Task<RepositoryClone> CloneAsync(string folder, string timeZone, string language)
    {
        string path = feed.NewFolder(Path.Combine("clones", folder)).Folder;
        return RepositoryClone.MakeAsync(
            feed.User.In(path).With("TZ", timeZone).With("LANG", language).With("LC_ALL", language), Cancellation);
    }

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private static string Hash(string folder, string name) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, name))));

    private static IEnumerable<string> Differences(string name, string first, string second)
    {
        if (!name.EndsWith("nupkg", StringComparison.Ordinal))
        {
            return [name];
        }

        (PackageArchive one,
            PackageArchive other) = (PackageArchive.Read(Path.Combine(first, name)), PackageArchive.Read(Path.Combine(second, name)));
        string[] entries =
        [
            .. one.Files.Keys.Union(other.Files.Keys)
                .Where(entry => !one.Files.TryGetValue(entry, out byte[]? a)
                    || !other.Files.TryGetValue(entry, out byte[]? b)
                    || !a.AsSpan().SequenceEqual(b)),
        ];
        return entries.Length == 0 ? [$"{name}: the archive itself"] : entries.Select(entry => $"{name}: {entry}");
    }
}
