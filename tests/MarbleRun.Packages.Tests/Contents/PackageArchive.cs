using System.IO.Compression;
using System.Xml.Linq;
using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Contents;

/// <summary>A nupkg or snupkg, unpacked.</summary>
internal sealed class PackageArchive
{
    private PackageArchive(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        Name = System.IO.Path.GetFileName(path);
        Files = archive.Entries.ToDictionary(entry => entry.FullName, Read);
        Nuspec = XElement.Parse(System.Text.Encoding.UTF8
            .GetString(Files.Single(f => f.Key.EndsWith(".nuspec", StringComparison.Ordinal)).Value)
            .TrimStart('\uFEFF'));
    }

    /// <summary>The packages that the feed has.</summary>
    public static IReadOnlyList<string> Ids { get; } =
    [
        "MarbleRun.Attestation",
        "MarbleRun.Cli",
        "MarbleRun.Coordinator",
        "MarbleRun.Coordinator.Etcd",
        "MarbleRun.Coordinator.Kubernetes",
        "MarbleRun.Coordinator.PostgreSql",
        "MarbleRun.Sdk",
        "MarbleRun.Templates",
        "MarbleRun.Testing",
    ];

    public string Name { get; }

    /// <summary>Every entry with its bytes.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    public XElement Nuspec { get; }

    /// <summary>Id and version of each.</summary>
    public IEnumerable<(string Id, string Version)> Dependencies =>
        Elements("dependency").Select(d => ((string)d.Attribute("id")!, (string)d.Attribute("version")!));

    public static PackageArchive Package(string id) => new(FileOf(id, "nupkg"));

    /// <summary>Null for a package in which nothing is compiled.</summary>
    public static PackageArchive? Symbols(string id) => id == "MarbleRun.Templates" ? null : new(FileOf(id, "snupkg"));

    /// <summary>The one file of the feed with this id and ending, whatever the version is.</summary>
    public static string FileOf(string id, string ending) =>
        Assert.Single(
            Directory.EnumerateFiles(PackageFeed.Path, $"{id}.*.{ending}"),
            f => char.IsDigit(System.IO.Path.GetFileName(f)[id.Length + 1]));

    public static PackageArchive Read(string path) => new(path);

    public IEnumerable<XElement> Elements(string name) => Nuspec.Descendants().Where(e => e.Name.LocalName == name);

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
