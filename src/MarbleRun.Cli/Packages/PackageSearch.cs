using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Cli.Packages;

/// <summary>Looks for code of every supported kind at a path, in the reference's order; a .NET app is the last one.</summary>
internal sealed class PackageSearch(string path)
{
    private const string OcclumLibrary = "build/lib/libocclum-libos.signed.so";
    private const long LargestFile = 1L << 30;

    private readonly List<string> _faults = [];

    /// <summary>Why the code is of none of the kinds, a line for each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <exception cref="InputException">There is nothing at the path, or it can't be read.</exception>
    public PackageFinding? Run()
    {
        string full = CommandEnvironment.Current.Resolve(path);
        try
        {
            return Directory.Exists(full) ? InFolder(full)
                : File.Exists(full) ? InFile(full)
                : throw new InputException($"{path} does not exist.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} can't be read: {e.Message}", e);
        }
    }

    private PackageFinding? InFile(string file)
    {
        byte[] content = Read(file);
        return InSection(content, ".oeinfo", "openEnclave", "Open Enclave detection error")
            ?? InContent(content)
            ?? InSection(content, ".note.sgxmeta", "occlum", "Error - Occlum / SGX SDK")
            ?? DotNetApp(file);
    }

    private PackageFinding? InFolder(string folder)
    {
        _faults.Add("Open Enclave detection error: it is a folder");
        string[] signatures = [.. Directory.EnumerateFiles(folder, "*.sig").Take(2)];
        if (signatures is [var only])
        {
            if (SigStruct.Find(Read(only), out string fault) is { } found)
            {
                return PackageFinding.Of(found, "gramine", "Gramine instance");
            }

            _faults.Add($"Error - Gramine: {Path.GetFileName(only)}: {fault}");
        }
        else
        {
            _faults.Add($"Error - Gramine: found {(signatures.Length == 0 ? "no" : "multiple")} .sig files");
        }

        string occlum = Path.Combine(folder, OcclumLibrary);
        if (!File.Exists(occlum))
        {
            _faults.Add($"Error - Occlum / SGX SDK: there is no {OcclumLibrary}");
            return DotNetFolder(folder);
        }

        return InSection(Read(occlum), ".note.sgxmeta", "occlum", "Error - Occlum / SGX SDK") is { } image
            ? image with { Title = "Occlum image" }
            : DotNetFolder(folder);
    }

    private PackageFinding? InContent(byte[] content)
    {
        if (SigStruct.Find(content, out string fault) is { } found)
        {
            return PackageFinding.Of(found, "gramine", string.Empty);
        }

        _faults.Add($"Error - Gramine: {fault}");
        return null;
    }

    private PackageFinding? InSection(byte[] content, string section, string kind, string label)
    {
        if (ElfFile.TryFindSection(content, section, out ReadOnlySpan<byte> data, out string fault)
            && SigStruct.Find(data, out fault) is { } found)
        {
            return PackageFinding.Of(found, kind, string.Empty);
        }

        _faults.Add($"{label}: {fault}");
        return null;
    }

    private PackageFinding? DotNetFolder(string folder)
    {
        const string Settings = ".runtimeconfig.json";
        string[] apps = [.. Directory.EnumerateFiles(folder, "*" + Settings).Take(2)];
        if (apps is [var only] && File.Exists(only[..^Settings.Length] + ".dll"))
        {
            return DotNetApp(only[..^Settings.Length] + ".dll");
        }

        _faults.Add($"Error - .NET: found {(apps.Length == 0 ? "no app" : "multiple apps")}");
        return null;
    }

    private PackageFinding? DotNetApp(string assembly)
    {
        if (!assembly.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || !File.Exists(Path.ChangeExtension(assembly, ".deps.json")))
        {
            _faults.Add("Error - .NET: it is not a .dll with its .deps.json beside it");
            return null;
        }

        try
        {
            var app = AppMeasurement.OfApplication(assembly, new string('0', 64));
            return new PackageFinding("dotnet", ".NET app")
            {
                UniqueId = app.UniqueId,
                ProductId = app.ProductId,
                SecurityVersion = app.SecurityVersion,
            };
        }
        catch (AttestationException e)
        {
            _faults.Add($"Error - .NET: {e.Message}");
            return null;
        }
    }

    private byte[] Read(string file)
    {
        using FileStream stream = File.OpenRead(file);
        if (stream.Length > LargestFile)
        {
            throw new InputException($"{path} has a file that is larger than {LargestFile >> 20} MiB.");
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
