using System.Collections;
using System.Runtime.InteropServices;

namespace MarbleRun.Packages.Tests.Workbench;

/// <summary>The environment of a new terminal: nothing of the build and the test run that this process is part of.</summary>
internal static class CommandEnvironment
{
    private static readonly string[] s_ofThisRun =
        ["MSBUILD", "DOTNET_", "VSTEST", "TESTINGPLATFORM_", "XUNIT", "ASPNETCORE_", "XDG_", "MARBLERUN_", "EDG_", "OE_", "CI"];

    /// <summary>Nothing stays behind, and no greeting is written.</summary>
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

    /// <summary>Somebody with an empty home below a folder.</summary>
    public static Dictionary<string, string> OfANewcomer(string folder) => new(WithHome(folder, "home"))
    {
        ["NUGET_PACKAGES"] = Path.Combine(folder, "packages"),
        ["MARBLERUN_SIMULATION_DIR"] = Path.Combine(folder, "simulation"),
    };

    /// <summary>
    /// Somebody who has built this repository before: the packages for that are in a cache. Nothing of the real user's home is read but
    /// that cache.
    /// </summary>
    public static Dictionary<string, string> OfTheUser(string folder, string packageCache)
    {
        // git takes no repository of another user but for those that a file of the user names; build machines have such.
        string git = Path.Combine(folder, "gitconfig");
        File.WriteAllText(git, "[safe]\n\tdirectory = *\n");
        return new(WithHome(folder, "home-of-the-user"))
        {
            ["NUGET_PACKAGES"] = packageCache,
            ["GIT_CONFIG_GLOBAL"] = git,
        };
    }

    private static Dictionary<string, string> WithHome(string folder, string name)
    {
        var result = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => (Name: (string)variable.Key, Value: (string)variable.Value!))
            .Where(variable => !s_ofThisRun.Any(start => variable.Name.StartsWith(start, StringComparison.OrdinalIgnoreCase)))
            .ToDictionary();
        foreach ((string variable, string value) in s_quiet)
        {
            result[variable] = value;
        }

        result["HOME"] = result["DOTNET_CLI_HOME"] = Path.Combine(folder, name);
        result["TMPDIR"] = Path.Combine(folder, "tmp");
        return result;
    }
}
