using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Tee;

namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>Whether this process runs in a trusted execution environment, and can use it.</summary>
internal sealed class EnvironmentCheck() : SimpleCheck(
    "platform.tee", "trusted execution environment of this process", "docs/tee/README.md#trusted-execution-environments")
{
    protected override Finding? Look(Examination examination)
    {
        TeeFacts tee = examination.Tee;
        return tee.Failure switch
        {
            null => Good($"{tee.Provider} by {tee.Backend}: {tee.Capabilities}"),

            // The check of the library says it.
            TeeStatus.LibraryMissing => null,
            TeeStatus.NotFound when !examination.IsConfidentialMachine => Warn(
                "this process does not run in a trusted execution environment",
                "Gramine or Occlum with SGX, or a machine of TDX or SEV-SNP",
                "For development, use simulation (--simulation). For production, start the service where one is."),
            _ => Fail(tee.Message, "an environment that can be used", "Follow the message; marblerun selftest tee shows each step."),
        };
    }
}
