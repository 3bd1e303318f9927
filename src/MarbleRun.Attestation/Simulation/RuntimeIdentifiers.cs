using System.Runtime.InteropServices;

namespace MarbleRun.Attestation.Simulation;

/// <summary>The runtime identifiers whose assets the host takes, best first: the portable ones only, as since .NET 8.</summary>
internal static class RuntimeIdentifiers
{
    /// <summary>For the operating system and processor of this process.</summary>
    public static IReadOnlyList<string> OfThisProcess { get; } = For(
        OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux",
        RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal),
        RuntimeInformation.ProcessArchitecture);

    /// <summary>For an operating system and a processor.</summary>
    public static IReadOnlyList<string> For(string system, bool isMusl, Architecture architecture)
    {
        string processor = architecture.ToString().ToLowerInvariant();
        var result = new List<string>();
        if (isMusl)
        {
            result.Add($"{system}-musl-{processor}");
            result.Add($"{system}-musl");
        }

        result.Add($"{system}-{processor}");
        result.Add(system);
        if (system != "win")
        {
            result.Add($"unix-{processor}");
            result.Add("unix");
        }

        result.Add("any");
        return result;
    }
}
