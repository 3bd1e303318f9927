namespace MarbleRun.Coordinator.Hosting;

/// <summary>The text of <c>--help</c>.</summary>
internal static class CommandLineHelp
{
    private static readonly string[] s_names = ["--help", "-h", "-?"];

    /// <summary>Whether help is requested; then nothing is started.</summary>
    public static bool IsAskedFor(IReadOnlyList<string> arguments) => arguments.Any(s_names.Contains);

    public static string Write()
    {
        const string Example = $"--{CoordinatorOptions.SectionName}:{nameof(CoordinatorOptions.MaxRequestBodySize)}=1048576";
        IEnumerable<(string Form, string Description)> rows = CommandLine.Options
            .Select(o => (o.Form, o.Description))
            .Append(("--Section:Key=VALUE", $"any other configuration, for instance {Example}"))
            .Append(("--help", "print this help"));
        return $"""
            The Coordinator of a MarbleRun mesh. It runs until it is asked to stop.

            Usage: MarbleRun.Coordinator [options]

            {string.Join('\n', rows.Select(row => $"  {row.Form,-26} {row.Description}"))}

            Precedence: arguments, EDG_COORDINATOR_... variables, other environment variables (Coordinator__MeshAddress),
            appsettings.json beside the program. Exit code 0: stopped on request; 1: the start failed, with the reason in the log.

            """.ReplaceLineEndings("\n");
    }
}
