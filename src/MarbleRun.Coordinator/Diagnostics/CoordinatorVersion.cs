using System.Reflection;

namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>The version of this build.</summary>
internal static class CoordinatorVersion
{
    private static readonly string[] s_parts =
        (typeof(CoordinatorVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown")
        .Split('+', 2);

    /// <summary>For instance <c>0.1.0</c>.</summary>
    public static string Version => s_parts[0];

    /// <summary>The commit in hex, or <c>unknown</c>.</summary>
    public static string Commit => s_parts.Length > 1 ? s_parts[1] : "unknown";
}
