namespace MarbleRun.Coordinator.Hosting;

/// <summary>The environment variables of MarbleRun 1.9, as members of <see cref="CoordinatorOptions"/> and configuration of the log. An
/// empty value is treated as unset.</summary>
internal static class ReferenceVariables
{
    private static readonly (string Variable, string Member)[] s_variables =
    [
        ("EDG_COORDINATOR_MESH_ADDR", nameof(CoordinatorOptions.MeshAddress)),
        ("EDG_COORDINATOR_CLIENT_ADDR", nameof(CoordinatorOptions.ClientAddress)),
        ("EDG_COORDINATOR_DNS_NAMES", nameof(CoordinatorOptions.DnsNames)),
        ("EDG_COORDINATOR_PROMETHEUS_ADDR", nameof(CoordinatorOptions.MetricsAddress)),
        ("EDG_COORDINATOR_SEAL_DIR", nameof(CoordinatorOptions.SealDirectory)),
        ("EDG_STARTUP_MANIFEST", nameof(CoordinatorOptions.StartupManifest)),
    ];

    /// <summary>Adds the variables that are set to <paramref name="configuration"/>, with precedence over earlier sources.</summary>
    public static IConfigurationBuilder AddReferenceVariables(this IConfigurationManager configuration)
    {
        var values = new Dictionary<string, string?>();
        foreach ((string variable, string member) in s_variables)
        {
            if (configuration[variable] is { Length: > 0 } value)
            {
                values[$"{CoordinatorOptions.SectionName}:{member}"] = value;
            }
        }

        if (configuration["OE_SIMULATION"] == "1")
        {
            values[$"{CoordinatorOptions.SectionName}:{nameof(CoordinatorOptions.Simulation)}"] = bool.TrueString;
        }

        LogVariables.Translate(configuration, values);
        return configuration.AddInMemoryCollection(values);
    }
}
