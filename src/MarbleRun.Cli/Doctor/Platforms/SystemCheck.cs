using System.Runtime.InteropServices;
using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>Operating system and architecture.</summary>
internal sealed class SystemCheck() : SimpleCheck(
    "platform.system", "operating system and architecture", "docs/tee/README.md#trusted-execution-environments")
{
    protected override Finding? Look(Examination examination)
    {
        MachineRuntime runtime = examination.Machine.Runtime;
        string found = $"{runtime.System}, {runtime.Architecture}";
        return runtime is { IsLinux: true, Architecture: Architecture.X64 or Architecture.Arm64 }
            ? Good(found)
            : Warn(
                found,
                "Linux on x64 or arm64",
                "Trusted execution environments need Linux. Here, develop and verify with simulation.");
    }
}
