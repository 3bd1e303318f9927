using System.Collections;
using System.Runtime.InteropServices;

namespace MarbleRun.Packages.Tests.Workbench;

/// <summary>The environment of a new terminal: nothing of the build and the test run that this process is part of.</summary>
internal static class CommandEnvironment
{
    private static readonly string[] s_ofThisRun =
        ["MSBUILD", "DOTNET_", "VSTEST", "TESTINGPLATFORM_", "XUNIT", "ASPNETCORE_", "XDG_", "MARBLERUN_", "EDG_", "OE_", "CI"];

    /// <summary>Where the user's settings and packages are.</summary>
    private static readonly string[] s_ofTheUser = ["DOTNET_CLI_HOME", "NUGET_PACKAGES"];

    /// <summary>Nothing stays behind, and nobody is greeted.</summary>
    private static readonly Dictionary<string, string> s_quiet = new()
    {
        ["DOTNET_NOLOGO"] = "true",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "true",
        ["DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE"] = "true",
        ["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
        // Where the SDK is, for programs with a host of their own; an installed SDK has told it to the system.
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
    };

    /// <summary>The user's own: his home, his package cache.</summary>
    public static Dictionary<string, string> OfTheUser()
    {
        var result = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => (Name: (string)variable.Key, Value: (string)variable.Value!))
            .Where(variable => s_ofTheUser.Contains(variable.Name) || !s_ofThisRun.Any(start => variable.Name.StartsWith(start, StringComparison.OrdinalIgnoreCase)))
            .ToDictionary();
        foreach ((string name, string value) in s_quiet)
        {
            result[name] = value;
        }

        return result;
    }

    /// <summary>Somebody with an empty home below a folder.</summary>
    public static Dictionary<string, string> OfANewcomer(string folder) => new(OfTheUser())
    {
        ["HOME"] = Path.Combine(folder, "home"),
        ["DOTNET_CLI_HOME"] = Path.Combine(folder, "home"),
        ["NUGET_PACKAGES"] = Path.Combine(folder, "packages"),
        ["TMPDIR"] = Path.Combine(folder, "tmp"),
        ["MARBLERUN_SIMULATION_DIR"] = Path.Combine(folder, "simulation"),
    };
}
