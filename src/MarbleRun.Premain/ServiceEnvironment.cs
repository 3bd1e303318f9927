using System.Collections;

namespace MarbleRun.Premain;

/// <summary>The environment of the service: the manifest's variables, and few of the launcher's own.</summary>
internal static class ServiceEnvironment
{
    private const string PlatformPrefix = "EDG_";

    private static readonly string[] s_kept = ["PATH", "HOME", "LANG", "TZ"];

    private static readonly string[] s_sockets = ["LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID"];

    /// <summary>Chooses the variables, <c>NAME=value</c> in byte order.</summary>
    /// <param name="environment">The launcher's environment, in which the activation set the manifest's variables.</param>
    /// <param name="manifest">The names of the manifest's variables.</param>
    /// <param name="settings">Names further variables.</param>
    /// <param name="keepsAll">
    /// Whether all variables are kept: in a library OS, whose configuration pins them, so that the measurement covers them.
    /// </param>
    /// <param name="keepsSockets">Whether the variables of systemd's sockets are kept.</param>
    public static IReadOnlyList<string> Choose(
        IDictionary environment, IEnumerable<string> manifest, LaunchSettings settings, bool keepsAll, bool keepsSockets)
    {
        HashSet<string> kept = [.. s_kept, .. settings.KeepVariables, .. manifest, .. keepsSockets ? s_sockets : []];
        return
        [
            .. environment.Keys.Cast<string>()
                .Where(name => keepsAll || kept.Contains(name) || name.StartsWith(PlatformPrefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => $"{name}={environment[name]}"),
        ];
    }

    /// <summary>How many sockets systemd passed to this process (sd_listen_fds(3)).</summary>
    public static uint CountSockets(IDictionary environment, int process) =>
        environment["LISTEN_PID"] is string id && id == process.ToString(System.Globalization.CultureInfo.InvariantCulture)
            && environment["LISTEN_FDS"] is string text
            && uint.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out uint count)
            && count < 1024
            ? count
            : 0;
}
