namespace MarbleRun.Coordinator.Hosting;

/// <summary>What <c>--help</c> prints.</summary>
internal static class CommandLineHelp
{
    private static readonly string[] s_names = ["--help", "-h", "-?"];

    /// <summary>Whether help is asked for; then nothing is started.</summary>
    public static bool IsAskedFor(IReadOnlyList<string> arguments) => arguments.Any(s_names.Contains);

    public static string Write()
    {
        const string Example = $"--{CoordinatorOptions.SectionName}:{nameof(CoordinatorOptions.MaxRequestBodySize)}=1048576";
        IEnumerable<(string Form, string Description)> rows = CommandLine.Options
            .Select(o => (o.Form, o.Description))
            .Append(("--Section:Key=VALUE", $"any other configuration, for instance {Example}"))
            .Append(("--help", "this"));
        return $"""
            The Coordinator of a MarbleRun mesh. It runs until it is asked to stop.

            Usage: MarbleRun.Coordinator [options]

            {string.Join('\n', rows.Select(row => $"  {row.Form,-26} {row.Description}"))}

            The arguments win over the EDG_COORDINATOR_... variables, those over other environment variables (Coordinator__MeshAddress), and all over
            appsettings.json beside the program. Exit code 0: it was asked to stop, 1: it could not start; the log says why.

            """.ReplaceLineEndings("\n");
    }
}
