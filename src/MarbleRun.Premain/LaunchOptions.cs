using System.Globalization;

namespace MarbleRun.Premain;

/// <summary>The launcher's command line. The caller that starts the launcher chooses it, so the measurement must pin it.</summary>
/// <param name="Program">The program of the service with its first arguments; empty if the manifest names it.</param>
/// <param name="User">The user that the service runs as, or null for the launcher's.</param>
/// <param name="Group">The group, set if the user is.</param>
/// <param name="KeepsListeningSockets">Whether the service inherits the sockets that systemd passes (LISTEN_FDS).</param>
internal sealed record LaunchOptions(IReadOnlyList<string> Program, uint? User, uint? Group, bool KeepsListeningSockets)
{
    public const string Help = """
        marblerun-premain [--user UID[:GID]] [--keep-listen-fds] [-- PROGRAM [ARGUMENT…]]

        Example: marblerun-premain --user 1000:1000 -- /usr/bin/dotnet /app/Orders.dll

        Makes this process a Marble: attests it at the Coordinator, writes the files that the manifest gives it,
        and then becomes PROGRAM, with the manifest's environment and the manifest's arguments behind its own.
        Without PROGRAM the manifest's Argv names it, if AllowProgram in marblerun-premain.json allows that; in a
        library OS as MarbleRun's own launcher does.

          --user UID[:GID]     The user and the group of the service, as numbers. Default: those of the launcher.
          --keep-listen-fds    The service inherits the sockets that systemd passes in LISTEN_FDS.
          --help               Shows this text.
          --version            Shows the version.

        Variables: EDG_MARBLE_TYPE (required), EDG_MARBLE_COORDINATOR_ADDR (default: localhost:2001),
        EDG_MARBLE_DNS_NAMES (default: localhost), EDG_MARBLE_UUID_FILE (default: uuid in the working directory).
        Files beside the launcher, which must be measured as it is: marble-trust.json says which Coordinator is
        trusted (required), marblerun-premain.json which files and variables are accepted.
        """;

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="LaunchException">An argument is invalid.</exception>
    public static LaunchOptions Parse(IReadOnlyList<string> arguments)
    {
        int end = arguments.ToList().IndexOf("--");
        uint? user = null;
        uint? group = null;
        bool keeps = false;
        for (int i = 0; i < (end < 0 ? arguments.Count : end); i++)
        {
            switch (arguments[i])
            {
                case "--user" when i + 1 < arguments.Count:
                    (user, group) = ParseUser(arguments[++i]);
                    break;
                case "--keep-listen-fds":
                    keeps = true;
                    break;
                default:
                    throw new LaunchException($"The argument '{arguments[i]}' is unknown or incomplete.\n\n{Help}", isUsage: true);
            }
        }

        string[] program = end < 0 ? [] : [.. arguments.Skip(end + 1)];
        return end < 0 || program is [{ Length: > 0 }, ..]
            ? new LaunchOptions(program, user, group, keeps)
            : throw new LaunchException($"No program follows '--'.\n\n{Help}", isUsage: true);
    }

    private static (uint User, uint Group) ParseUser(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length is 1 or 2 && TryParse(parts[0], out uint user) && TryParse(parts[^1], out uint group)
            ? (user, group)
            : throw new LaunchException(
                $"--user is '{text}'. Give the user and the group as numbers, for example 1000:1000.", isUsage: true);
    }

    // The largest number means "unchanged" to the system.
    private static bool TryParse(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < uint.MaxValue;
}
