using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Checks the names of files and variables that no Marble can apply: it would fail at every start.</summary>
internal sealed partial class ManifestChecks
{
    private void WarnOfFileNames(string marble, ParametersDefinition parameters)
    {
        foreach ((string name, _) in InOrder(parameters.Files, "Marbles", marble, "Parameters", "Files"))
        {
            if (FaultOfFileName(name) is { } fault)
            {
                Warn(Path(), fault, "Use the path of a file; every Marble of this type fails at its start.");
            }
            else if (ParentsOf(name).FirstOrDefault(parameters.Files.ContainsKey) is { } parent)
            {
                Warn(
                    Path(),
                    $"{parent} cannot be a file and the folder of this file",
                    "Choose another path for one of them; every Marble of this type fails at its start.");
            }

            string Path() => JsonPath.Of("Marbles", marble, "Parameters", "Files", name);
        }
    }

    private static string? FaultOfFileName(string name) =>
        name.Length == 0 ? "the path of a file is empty"
        : name.Contains('\0', StringComparison.Ordinal) ? "the path of a file contains a zero byte"
        : name[^1] == '/' || name.Split('/')[^1] is "." or ".." ? "the path is that of a folder, not of a file"
        : null;

    /// <summary>Returns the paths of the folders around a file, in the same notation.</summary>
    private static IEnumerable<string> ParentsOf(string name)
    {
        for (int slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1))
        {
            yield return name[..slash];
        }
    }
}
