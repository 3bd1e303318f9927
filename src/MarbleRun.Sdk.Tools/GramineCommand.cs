using System.Globalization;

namespace MarbleRun.Sdk.Tools;

/// <summary>
/// Writes Gramine's manifest beside a published service. Where Gramine is installed, the targets sign it, and <c>gramine-package</c> shows
/// how MarbleRun's manifest names it.
/// </summary>
internal static class GramineCommand
{
    private static readonly string[] s_made = [".manifest", ".manifest.template", ".manifest.sgx", ".sig", ".token"];

    private static readonly string[] s_jinja = ["{{", "{%", "{#"];

    public static int Run(Arguments arguments)
    {
        string app = Path.GetFullPath(arguments.Get("--app"));
        string folder = Path.GetDirectoryName(app)!;
        string output = Path.GetFullPath(arguments.Get("--output"));
        string runtime = RequirePlain(arguments.Get("--runtime"));
        if (runtime.Length > 0 && !GramineManifest.IsAssembly(app))
        {
            throw new BuildException(
                "A single file that needs a shared runtime cannot be started in Gramine. Publish it with --self-contained.");
        }

        var manifest = new GramineManifest
        {
            App = Path.GetFileName(app),
            Files = [.. FindFiles(folder)],
            Runtime = runtime.Length == 0 ? null : Path.TrimEndingDirectorySeparator(runtime),
            ProductId = (ushort)Number(arguments, "--product-id", "MarbleProductId", ushort.MaxValue),
            SecurityVersion = (ushort)Number(arguments, "--security-version", "MarbleSecurityVersion", ushort.MaxValue),
            HeapLimit = Number(arguments, "--heap-limit", "GramineHeapLimit", 1 << 20),
            EnclaveSize = Number(arguments, "--enclave-size", "GramineEnclaveSize", 1 << 20),
            Threads = Number(arguments, "--threads", "GramineThreads", 4096),
        };
        if (!int.IsPow2(manifest.EnclaveSize) || manifest.EnclaveSize <= manifest.HeapLimit)
        {
            throw new BuildException(
                $"GramineEnclaveSize is {manifest.EnclaveSize} MiB with a heap of {manifest.HeapLimit} MiB (GramineHeapLimit). Set a power "
                + "of two that is larger than the heap: the runtime, stacks and libraries need room besides.");
        }

        File.WriteAllText(output, manifest.ToString());
        BuildLog.Note($"  {manifest.App}: {manifest.Files.Count} files are trusted -> {output}");
        return 0;
    }

    /// <summary>The published files in byte order, without what Gramine's tools write and what a run leaves.</summary>
    private static IEnumerable<string> FindFiles(string folder) => Directory
        .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))
        .Where(f => !s_made.Any(s => f.EndsWith(s, StringComparison.Ordinal))
            && f is not ("uuid" or "marblerun-package.json" or "marblerun-package.gramine.json"))
        .Select(f => f.StartsWith("state/", StringComparison.Ordinal)
            ? throw new BuildException($"'{f}' is in the folder that the host keeps. Publish it to another folder.")
            : RequirePlain(f))
        .Order(StringComparer.Ordinal);

    /// <summary>Refuses what Gramine's template language (Jinja) would read.</summary>
    private static string RequirePlain(string name) =>
        s_jinja.Any(mark => name.Contains(mark, StringComparison.Ordinal))
            ? throw new BuildException($"'{name}' would be read by Gramine's template language. Give it another name.")
            : name;

    private static int Number(Arguments arguments, string name, string property, int largest)
    {
        string text = arguments.Get(name);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= largest ? number
            : throw new BuildException($"{property} is \"{text}\", which is not a number from 0 to {largest}. Set the MSBuild property.");
    }
}
