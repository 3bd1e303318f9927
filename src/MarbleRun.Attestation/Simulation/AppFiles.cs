using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace MarbleRun.Attestation.Simulation;

/// <summary>The files of an app, its product number and its security version.</summary>
/// <param name="Assemblies">Paths by simple name.</param>
/// <param name="Metadata">Product number and security version.</param>
internal sealed record AppFiles(IReadOnlyDictionary<string, string> Assemblies, AppMetadata Metadata)
{
    private const string TrustedAssemblies = "TRUSTED_PLATFORM_ASSEMBLIES";
    private const string DepsFiles = "APP_CONTEXT_DEPS_FILES";

    /// <summary>The files of this process, without the shared frameworks.</summary>
    public static AppFiles OfRunningProcess() =>
        OfProcess(
            AppContext.GetData(TrustedAssemblies) as string,
            AppContext.GetData(DepsFiles) as string,
            AppContext.BaseDirectory,
            Assembly.GetEntryAssembly()?.GetName().Name,
            Environment.ProcessPath);

    /// <summary>Reads the properties that the .NET host gives to a process.</summary>
    /// <param name="trustedAssemblies">
    /// All assemblies of app and frameworks, paths; without the app's in a single-file app, absent in a native one.
    /// </param>
    /// <param name="depsFiles">The deps.json of the app and of each shared framework, paths.</param>
    /// <param name="baseDirectory">The app's folder.</param>
    /// <param name="entryName">The simple name of the entry assembly.</param>
    /// <param name="processPath">The executable.</param>
    public static AppFiles OfProcess(
        string? trustedAssemblies, string? depsFiles, string baseDirectory, string? entryName, string? processPath)
    {
        HashSet<string> frameworks = new(PathComparer);
        string app = Folder(baseDirectory);
        foreach (string file in Split(depsFiles, ';'))
        {
            string folder = Folder(Path.GetDirectoryName(file)!);
            if (!PathComparer.Equals(folder, app))
            {
                frameworks.Add(folder);
            }
        }

        var assemblies = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Split(trustedAssemblies, Path.PathSeparator))
        {
            if (!frameworks.Contains(Folder(Path.GetDirectoryName(path)!)))
            {
                assemblies.TryAdd(Path.GetFileNameWithoutExtension(path), path);
            }
        }

        if (entryName is null || !assemblies.ContainsKey(entryName))
        {
            // Native or single-file: the app is in the executable.
            string executable = processPath ?? throw new AttestationException(
                AttestationFailure.PlatformUnavailable,
                "The app can't be measured: the host names neither its assemblies nor its executable. Start it with dotnet or as an "
                + "executable.");
            assemblies[Path.GetFileName(executable)] = executable;
        }

        return new AppFiles(assemblies, AppMetadata.OfRunningProcess());
    }

    /// <summary>The files of an app that does not run.</summary>
    public static AppFiles OfApplication(string entryAssemblyPath)
    {
        string entry = Path.GetFullPath(entryAssemblyPath);
        AppMetadata? metadata = AppMetadata.OfFile(entry);
        return metadata is null
            ? new AppFiles(
                new Dictionary<string, string>(StringComparer.Ordinal) { [Path.GetFileName(entry)] = entry },
                AppMetadata.Default)
            : new AppFiles(DepsFile.ReadAssemblies(entry), metadata);
    }

    /// <summary>The measurement; see <see cref="AppMeasurement"/> for its bytes.</summary>
    public AppMeasurement Measure(string signerId)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, string path) in Assemblies.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData([0]);
            hash.AppendData(HashFile(path));
        }

        return new AppMeasurement
        {
            UniqueId = Convert.ToHexStringLower(hash.GetHashAndReset()),
            SignerId = signerId,
            ProductId = Metadata.ProductId,
            SecurityVersion = Metadata.SecurityVersion,
        };
    }

    private static StringComparer PathComparer => OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private static string[] Split(string? list, char separator) =>
        list?.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static string Folder(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static byte[] HashFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return SHA256.HashData(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AttestationException(
                AttestationFailure.IssuanceFailed,
                $"The app can't be measured: {path} can't be read. Publish the app again, or grant the process read access.",
                e);
        }
    }
}
