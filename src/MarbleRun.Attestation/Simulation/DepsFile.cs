using System.Text.Json;

namespace MarbleRun.Attestation.Simulation;

/// <summary>
/// Reads from <c>app.deps.json</c> which assemblies the host takes from the app's folder
/// (.NET runtime documentation, "runtime-configuration-file" and "host-probing").
/// </summary>
internal static class DepsFile
{
    /// <summary>The assemblies of the app's projects and packages, paths by simple name.</summary>
    /// <exception cref="AttestationException">The file or an assembly in it is missing or damaged.</exception>
    public static IReadOnlyDictionary<string, string> ReadAssemblies(string entryAssemblyPath)
    {
        string path = Path.ChangeExtension(entryAssemblyPath, ".deps.json");
        try
        {
            using FileStream file = File.OpenRead(path);
            using var document = JsonDocument.Parse(file);
            return Read(document.RootElement, Path.GetDirectoryName(entryAssemblyPath)!, RuntimeIdentifiers.OfThisProcess);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AttestationException(
                AttestationFailure.IssuanceFailed,
                $"The app can't be measured: {path} can't be read. Build or publish the app with its deps.json.",
                e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new AttestationException(
                AttestationFailure.IssuanceFailed,
                $"The app can't be measured: {path} is not a deps.json. Build or publish the app again.",
                e);
        }
    }

    private static Dictionary<string, string> Read(JsonElement root, string folder, IReadOnlyList<string> runtimes)
    {
        string target = root.GetProperty("runtimeTarget").GetProperty("name").GetString() ?? string.Empty;
        JsonElement libraries = root.GetProperty("libraries");
        var assemblies = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty library in root.GetProperty("targets").GetProperty(target).EnumerateObject())
        {
            // A self-contained app brings its runtime as a "runtimepack": no shared framework, but a part of the app.
            string? type = libraries.GetProperty(library.Name).GetProperty("type").GetString();
            if (type is "project" or "package" or "runtimepack" or "reference")
            {
                AddAssets(library.Value, folder, runtimes, assemblies);
            }
        }

        return assemblies;
    }

    private static void AddAssets(JsonElement library, string folder, IReadOnlyList<string> runtimes, Dictionary<string, string> assemblies)
    {
        List<string> specific = RuntimeSpecificAssets(library, runtimes);
        if (specific.Count > 0)
        {
            foreach (string asset in specific)
            {
                assemblies.TryAdd(Path.GetFileNameWithoutExtension(asset), Locate(folder, asset));
            }
        }
        else if (library.TryGetProperty("runtime", out JsonElement generic))
        {
            // The SDK copies these into one folder, unless the file states a local path.
            foreach (JsonProperty asset in generic.EnumerateObject())
            {
                string? local = asset.Value.TryGetProperty("localPath", out JsonElement path) ? path.GetString() : null;
                assemblies.TryAdd(Path.GetFileNameWithoutExtension(asset.Name), Locate(folder, local ?? Path.GetFileName(asset.Name)));
            }
        }
    }

    /// <summary>The assemblies for the first runtime that the library supports; the host uses them in place of the generic ones.</summary>
    private static List<string> RuntimeSpecificAssets(JsonElement library, IReadOnlyList<string> runtimes)
    {
        if (!library.TryGetProperty("runtimeTargets", out JsonElement targets))
        {
            return [];
        }

        ILookup<string?, string> assets = targets.EnumerateObject()
            .Where(a => a.Value.GetProperty("assetType").GetString() == "runtime")
            .ToLookup(a => a.Value.GetProperty("rid").GetString(), a => a.Name);
        string? runtime = runtimes.FirstOrDefault(assets.Contains);
        return runtime is null ? [] : [.. assets[runtime]];
    }

    private static string Locate(string folder, string asset)
    {
        string path = Path.Combine(folder, asset.Replace('/', Path.DirectorySeparatorChar));
        return File.Exists(path)
            ? path
            : throw new AttestationException(
                AttestationFailure.IssuanceFailed,
                $"The app can't be measured: {path} is in its deps.json but not there. Publish the app whole.");
    }
}
