namespace MarbleRun.Coordinator.Hosting;

/// <summary>Turns the command line into configuration. What it does not know it refuses: a mistyped option must not change what is protected.</summary>
internal static class CommandLine
{
    private static readonly (string Name, string Member, bool IsSwitch, string Description)[] s_options =
    [
        ("--simulation", nameof(CoordinatorOptions.Simulation), true, "trust the development root of this machine and no hardware; protects nothing"),
        ("--require-quote", nameof(CoordinatorOptions.RequireQuote), true, "refuse empty quotes in simulation, too"),
        ("--start-afresh", nameof(CoordinatorOptions.StartAfresh), true, "in recovery mode, let a new manifest begin afresh"),
        ("--mesh-address", nameof(CoordinatorOptions.MeshAddress), false, "where Marbles activate, host:port; default :2001"),
        ("--client-address", nameof(CoordinatorOptions.ClientAddress), false, "where clients manage and verify, host:port; default :4433"),
        ("--metrics-address", nameof(CoordinatorOptions.MetricsAddress), false, "where metrics and health are read, host:port; default nowhere"),
        ("--log-format", nameof(CoordinatorOptions.LogFormat), false, "console or json"),
        ("--dns-names", nameof(CoordinatorOptions.DnsNames), false, "names and addresses of the certificates, with commas; default localhost"),
        ("--seal-directory", nameof(CoordinatorOptions.SealDirectory), false, "the folder of the sealed state; default marblerun-coordinator-data"),
        ("--startup-manifest", nameof(CoordinatorOptions.StartupManifest), false, "a manifest that is set at the start if none is set yet"),
    ];

    /// <summary>All options as they are written, with what they mean, switches first.</summary>
    public static IEnumerable<(string Name, string Form, string Description)> Options =>
        s_options.Select(o => (o.Name, o.IsSwitch ? o.Name : $"{o.Name} VALUE", o.Description));

    /// <summary>The configuration that the arguments stand for. <c>--Section:Key=value</c> sets any other value.</summary>
    /// <exception cref="CommandLineException">An argument is not known, or lacks its value.</exception>
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
                values[Key(member)] = value ?? (++i < arguments.Count ? arguments[i] : throw new CommandLineException($"The option '{name}' needs a value."));
            }
            else if (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal) && value is not null)
            {
                values[name[2..]] = value;
            }
            else
            {
                string known = string.Join(", ", Options.Select(o => o.Form));
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
