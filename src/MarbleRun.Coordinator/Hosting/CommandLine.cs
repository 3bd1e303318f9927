namespace MarbleRun.Coordinator.Hosting;

/// <summary>Turns the command line into configuration. What it does not know it refuses: a mistyped option must not change what is protected.</summary>
internal static class CommandLine
{
    private static readonly Dictionary<string, string> s_switches = new(StringComparer.Ordinal)
    {
        ["--simulation"] = nameof(CoordinatorOptions.Simulation),
        ["--require-quote"] = nameof(CoordinatorOptions.RequireQuote),
        ["--start-afresh"] = nameof(CoordinatorOptions.StartAfresh),
    };

    private static readonly Dictionary<string, string> s_descriptions = new(StringComparer.Ordinal)
    {
        ["--simulation"] = "trust the development root of this machine and no hardware; protects nothing",
        ["--require-quote"] = "refuse empty quotes in simulation, too",
        ["--start-afresh"] = "in recovery mode, let a new manifest begin afresh",
        ["--mesh-address"] = "where Marbles activate, host:port; default :2001",
        ["--client-address"] = "where clients manage and verify, host:port; default :4433",
        ["--metrics-address"] = "where metrics and health are read, host:port; default nowhere",
        ["--log-format"] = "console or json",
        ["--dns-names"] = "names and addresses of the certificates, with commas; default localhost",
        ["--seal-directory"] = "the folder of the sealed state; default marblerun-coordinator-data",
        ["--startup-manifest"] = "a manifest that is set at the start if none is set yet",
    };

    private static readonly Dictionary<string, string> s_options = new(StringComparer.Ordinal)
    {
        ["--mesh-address"] = nameof(CoordinatorOptions.MeshAddress),
        ["--client-address"] = nameof(CoordinatorOptions.ClientAddress),
        ["--metrics-address"] = nameof(CoordinatorOptions.MetricsAddress),
        ["--log-format"] = nameof(CoordinatorOptions.LogFormat),
        ["--dns-names"] = nameof(CoordinatorOptions.DnsNames),
        ["--seal-directory"] = nameof(CoordinatorOptions.SealDirectory),
        ["--startup-manifest"] = nameof(CoordinatorOptions.StartupManifest),
    };

    /// <summary>All options with what they mean, switches first.</summary>
    public static IEnumerable<(string Name, bool IsSwitch, string Description)> Options =>
        s_switches.Keys.Select(name => (name, true, s_descriptions[name])).Concat(s_options.Keys.Select(name => (name, false, s_descriptions[name])));

    /// <summary>The configuration that the arguments stand for. <c>--Section:Key=value</c> sets any other value.</summary>
    /// <exception cref="CommandLineException">An argument is not known, or lacks its value.</exception>
    public static Dictionary<string, string?> Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < arguments.Count; i++)
        {
            (string name, string? value) = Split(arguments[i]);
            if (s_switches.TryGetValue(name, out string? member) && value is null)
            {
                values[Key(member)] = bool.TrueString;
            }
            else if (s_options.TryGetValue(name, out member))
            {
                values[Key(member)] = value ?? (++i < arguments.Count ? arguments[i] : throw new CommandLineException($"The option '{name}' needs a value."));
            }
            else if (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal) && value is not null)
            {
                values[name[2..]] = value;
            }
            else
            {
                string known = string.Join(", ", s_switches.Keys.Concat(s_options.Keys.Select(o => $"{o} VALUE")));
                throw new CommandLineException($"'{arguments[i]}' is not an option of the Coordinator. It knows {known}, and --Section:Key=VALUE for any other configuration.");
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
