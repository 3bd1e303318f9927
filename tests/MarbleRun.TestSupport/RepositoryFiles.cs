namespace MarbleRun.TestSupport;

/// <summary>The source files of this checkout.</summary>
public static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    /// <summary>The manifests in <c>samples/manifests</c>, JSON and YAML.</summary>
    public static IEnumerable<string> SampleManifests =>
        Directory.EnumerateFiles(Path.Combine(Root, "samples", "manifests"))
            .Where(path => Path.GetExtension(path) is ".json" or ".yaml")
            .Order(StringComparer.Ordinal);

    /// <summary>C# files below a folder, without what builds make.</summary>
    public static IEnumerable<string> CSharp(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "artifacts"));

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MarbleRun.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName
            ?? throw new InvalidOperationException("These tests look at the sources; run them from a build inside the checkout.");
    }
}
