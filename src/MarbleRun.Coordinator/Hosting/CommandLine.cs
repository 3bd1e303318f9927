namespace MarbleRun.Coordinator.Hosting;

/// <summary>Converts the command line to configuration. Unknown options are refused: a misspelled option must not change what is
/// protected.</summary>
internal static class CommandLine
{
    private static readonly (string Name, string Member, bool IsSwitch, string Description)[] s_options =
    [
        (
            "--simulation",
            nameof(CoordinatorOptions.Simulation),
            true,
            "trust the development root of this machine instead of hardware; protects nothing"),
        (
            "--tee",
            nameof(CoordinatorOptions.TeeBackend),
            false,
            "how the trusted execution environment is reached: Automatic (default), Gramine, Occlum, Mystikos, ConfigFsTsm or SevGuest"),
        ("--require-quote", nameof(CoordinatorOptions.RequireQuote), true, "also refuse empty quotes in simulation"),
        ("--start-afresh", nameof(CoordinatorOptions.StartAfresh), true, "in recovery mode, allow a new manifest that starts a new mesh"),
        ("--mesh-address", nameof(CoordinatorOptions.MeshAddress), false, "address at which Marbles activate, host:port; default :2001"),
        (
            "--client-address",
            nameof(CoordinatorOptions.ClientAddress),
            false,
            "address at which clients manage and verify, host:port; default :4433"),
        ("--metrics-address", nameof(CoordinatorOptions.MetricsAddress), false, "address of metrics and health, host:port; off by default"),
        ("--log-format", nameof(CoordinatorOptions.LogFormat), false, "console or json"),
        (
            "--dns-names",
            nameof(CoordinatorOptions.DnsNames),
            false,
            "names and addresses of the certificates, comma-separated; default localhost"),
        (
            "--seal-directory",
            nameof(CoordinatorOptions.SealDirectory),
            false,
            "the folder of the sealed state; default marblerun-coordinator-data"),
        ("--startup-manifest", nameof(CoordinatorOptions.StartupManifest), false, "a manifest that is set at the start if none is set yet"),
    ];

    /// <summary>All options with their descriptions, flags first.</summary>
    public static IEnumerable<(string Name, string Form, string Description)> Options =>
        s_options.Select(o => (o.Name, o.IsSwitch ? o.Name : $"{o.Name} VALUE", o.Description));

    /// <summary>The configuration from the arguments. <c>--Section:Key=value</c> sets any other value.</summary>
    /// <exception cref="CommandLineException">An argument is unknown, or its value is missing.</exception>
    public static Dictionary<string, string?> Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < arguments.Count; i++)
        {
            (string name, string? value) = Split(arguments[i]);
            (_, string? member, bool isSwitch, _) = Array.Find(s_options, o => o.Name == name);
            if (isSwitch && value is null)
            {
                values[Key(member)] = bool.TrueString;
            }
            else if (member is not null && !isSwitch)
            {
                values[Key(member)] = value
                    ?? (++i < arguments.Count ? arguments[i] : throw new CommandLineException($"The option '{name}' needs a value."));
            }
            else if (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal) && value is not null)
            {
                values[name[2..]] = value;
            }
            else
            {
                string known = string.Join(", ", Options.Select(o => o.Form));
                throw new CommandLineException(
                    $"'{arguments[i]}' is not an option of the Coordinator. Valid options are {known}, and --Section:Key=VALUE for any "
                    + "other configuration.");
            }
        }

        return values;
    }

    private static (string Name, string? Value) Split(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static string Key(string member) => $"{CoordinatorOptions.SectionName}:{member}";
}

/// <summary>An invalid command line.</summary>
internal sealed class CommandLineException(string message) : MarbleRunException(message);
