namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>Whether a crash writes memory to the disk.</summary>
internal sealed class DumpsCheck() : SimpleCheck(
    "runtime.dumps", "core dumps and crash dumps", "docs/threat-model.md#the-host-sets-environment-and-time")
{
    private const string CoreLimit = "Max core file size";

    private static readonly string[] s_variables = ["DOTNET_DbgEnableMiniDump", "COMPlus_DbgEnableMiniDump"];

    protected override Finding? Look(Examination examination)
    {
        if (s_variables.FirstOrDefault(v => examination.Variable(v) == "1") is { } variable)
        {
            return Fail($"{variable}=1", "no dumps: they contain keys and secrets", $"Remove {variable} from the environment.");
        }

        string? limits = examination.Machine.Files.ReadText("/proc/self/limits");
        string? line = limits?.Split('\n').FirstOrDefault(l => l.StartsWith(CoreLimit, StringComparison.Ordinal));
        string? soft = line?[CoreLimit.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return soft switch
        {
            null => null,
            "0" => Good("core dumps are off"),
            _ when !examination.IsProduction => null,
            _ => Warn(
                $"core dumps are on (limit: {soft})",
                "a limit of 0: a dump contains keys and secrets",
                "Set ulimit -c 0 for the service (systemd: LimitCORE=0)."),
        };
    }
}
