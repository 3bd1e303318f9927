namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>Whether other processes of the user can read the memory of a service by the runtime's diagnostics.</summary>
internal sealed class DiagnosticsCheck() : SimpleCheck(
    "runtime.diagnostics", "diagnostics of the runtime", "docs/threat-model.md#the-host-sets-environment-and-time")
{
    private const string Variable = "DOTNET_EnableDiagnostics";

    protected override Finding? Look(Examination examination) =>
        examination.Variable(Variable) == "0" ? Good($"{Variable}=0")
        : !examination.IsProduction ? null
        : Warn(
            examination.Variable(Variable) is { } value ? $"{Variable}={value}" : $"{Variable} is not set",
            $"{Variable}=0",
            "Set it where the environment is measured; otherwise a debugger, a dump or a trace reads memory and keys.");
}
