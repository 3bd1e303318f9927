using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace MarbleRun.Packages.Tests.Workbench;

/// <summary>
/// Where public packages come from in these tests: from the sources that this test project was itself restored from. They stand in its
/// <c>project.assets.json</c>, so that nothing of the user's configuration is read, and a mirror that the user has set is used all the
/// same. A folder that has packages of MarbleRun is a feed as Getting started adds it, and no source of public packages: those of the tests
/// are the ones that were built from this repository.
/// </summary>
internal static class PackageSources
{
    /// <summary>The sources in a <c>project.assets.json</c>, in its order.</summary>
    public static string[] Read(string assets) =>
        [.. Restore(assets)["sources"]!.AsObject().Select(source => source.Key).Where(source => !HasOwnPackages(source))];

    /// <summary>The package cache that the restore filled.</summary>
    public static string ReadCache(string assets) => (string)Restore(assets)["packagesPath"]!;

    /// <summary>A <c>NuGet.Config</c> with these sources, and with nothing of the machine's or of any other.</summary>
    /// <remarks>An address without TLS was allowed to the user, or the restore would have failed.</remarks>
    public static string ToConfiguration(IEnumerable<string> sources) => new XElement(
        "configuration",
        new XElement("packageSources", new XElement("clear"), sources.Select((source, i) => new XElement(
            "add",
            new XAttribute("key", $"public{i + 1}"),
            new XAttribute("value", source),
            source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? new XAttribute("allowInsecureConnections", "true") : null))),
        new XElement("disabledPackageSources", new XElement("clear")),
        new XElement("packageSourceMapping", new XElement("clear")),
        new XElement("fallbackPackageFolders", new XElement("clear"))).ToString();

    private static JsonNode Restore(string assets) => JsonNode.Parse(assets)!["project"]!["restore"]!;

    private static bool HasOwnPackages(string source) =>
        Directory.Exists(source) && Directory.EnumerateFileSystemEntries(source, "MarbleRun.*", SearchOption.TopDirectoryOnly).Any();
}
