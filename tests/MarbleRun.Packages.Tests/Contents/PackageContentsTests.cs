using System.Text.Json.Nodes;
using MarbleRun.Packages.Tests.Workbench;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Contents;

/// <summary>
/// What is in the packages is what was meant to be: <c>contents</c> lists it, and is rewritten with MARBLERUN_UPDATE_CONTENTS=1.
/// </summary>
[Trait("Security", "G12")]
public sealed class PackageContentsTests(PackageFeed feed)
{
    private static readonly string[] s_secret = [".pem", ".key", ".pfx", ".p12", ".der"];

    private static readonly string[] s_files = ["nupkg", "snupkg", "cdx.json"];

    private static readonly string[] s_ofTheArchive =
    [
        "_rels/.rels",
        "[Content_Types].xml",
        "package/services/metadata/core-properties/nuget.psmdcp",
    ];

    public static TheoryData<string> Ids => [.. PackageArchive.Ids];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Feed_AsItIsMade_HasThePackagesTheirSymbolsAndTheirBillsOfMaterialsAlone()
    {
        IEnumerable<string> expected = PackageArchive.Ids.SelectMany(
            id => s_files.Where(ending => ending != "snupkg" || PackageArchive.Symbols(id) is not null),
            PackageArchive.FileOf);

        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.EnumerateFiles(PackageFeed.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Package_OfTheFeed_HasTheListedFilesAndDependencies(string id)
    {
        var package = PackageArchive.Package(id);
        IEnumerable<string> actual =
        [
            .. Listed("nupkg", package),
            .. PackageArchive.Symbols(id) is { } symbols ? Listed("snupkg", symbols) : [],
            .. package.Dependencies.Select(d => $"dependency {d.Id} {d.Version}").Order(StringComparer.Ordinal),
        ];
        string list = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Packages.Tests", "contents", $"{id}.txt");
        if (Environment.GetEnvironmentVariable("MARBLERUN_UPDATE_CONTENTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(list)!);
            await File.WriteAllLinesAsync(list, actual, Cancellation);
        }

        Assert.Equal(await File.ReadAllLinesAsync(list, Cancellation), actual);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Package_OfTheFeed_HasNoTestAndNoKey(string id)
    {
        string[] files = [.. PackageArchive.Package(id).Files.Keys, .. PackageArchive.Symbols(id)?.Files.Keys ?? []];

        Assert.DoesNotContain(files, f => s_secret.Contains(Path.GetExtension(f).ToLowerInvariant()));
        Assert.DoesNotContain(files, f => f.EndsWith("Tests.dll", StringComparison.OrdinalIgnoreCase)
            || f.Contains("TestSupport", StringComparison.OrdinalIgnoreCase)
            || f.Contains("xunit", StringComparison.OrdinalIgnoreCase)
            || f.Contains("sealed_key", StringComparison.OrdinalIgnoreCase));
        Assert.All(
            PackageArchive.Package(id).Files,
            f => Assert.False(f.Value.AsSpan().IndexOf("PRIVATE KEY-----\n"u8) >= 0, $"{f.Key} has a private key."));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Nuspec_OfAPackage_NamesLicenseReadmeIconAndCommit(string id)
    {
        var package = PackageArchive.Package(id);

        Assert.Equal("MIT", Assert.Single(package.Elements("license")).Value);
        Assert.Equal("expression", (string?)package.Elements("license").Single().Attribute("type"));
        Assert.Contains(
            "# " + id,
            System.Text.Encoding.UTF8.GetString(package.Files[Assert.Single(package.Elements("readme")).Value]),
            StringComparison.Ordinal);
        Assert.Equal("PNG"u8, package.Files[Assert.Single(package.Elements("icon")).Value].AsSpan(1, 3));
        string commit = await feed.User.In(RepositoryFiles.Root).RunAsync("git rev-parse HEAD", Cancellation);
        Assert.Equal(commit.Trim(), (string?)Assert.Single(package.Elements("repository")).Attribute("commit"));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task BillOfMaterials_OfAPackage_NamesEveryDependencyWithItsHash(string id)
    {
        JsonNode bill = JsonNode.Parse(await File.ReadAllTextAsync(PackageArchive.FileOf(id, "cdx.json"), Cancellation))!;
        JsonNode[] components = [.. (bill["components"]?.AsArray() ?? []).Select(c => c!)];

        Assert.Equal("CycloneDX", (string?)bill["bomFormat"]);
        Assert.Equal(id, (string?)bill["metadata"]!["component"]!["name"]);
        foreach ((string dependency, string version) in PackageArchive.Package(id).Dependencies)
        {
            JsonNode component = Assert.Single(components, c => (string?)c["name"] == dependency);
            Assert.Equal(version, (string?)component["version"]);

            // What this repository makes itself is described by a bill of its own beside this one.
            Assert.True(
                PackageArchive.Ids.Contains(dependency) || ((string?)component["hashes"]?[0]?["content"])?.Length == 128,
                $"{dependency} has no SHA-512.");
        }
    }

    private static IEnumerable<string> Listed(string kind, PackageArchive archive) =>
        archive.Files.Keys.Except(s_ofTheArchive).Order(StringComparer.Ordinal).Select(f => $"{kind} {f}");
}
