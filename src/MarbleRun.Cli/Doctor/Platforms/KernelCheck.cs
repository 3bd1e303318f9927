namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>The version of Linux in a confidential virtual machine.</summary>
internal sealed class KernelCheck() : SimpleCheck(
    "platform.kernel", "version of Linux in a confidential machine", "docs/tee/tdx.md#what-to-run")
{
    private static readonly Version s_configFs = new(6, 7);
    private static readonly Version s_registers = new(6, 16);

    protected override Finding? Look(Examination examination)
    {
        if (!examination.IsConfidentialMachine)
        {
            return null;
        }

        Version kernel = examination.Machine.Runtime.Kernel;
        bool isTdx = examination.Machine.Files.Exists("/dev/tdx_guest");
        return kernel < s_configFs && isTdx ? Fail(
                $"Linux {kernel}", $"Linux {s_configFs} or later, which gives quotes by configfs-tsm", "Update the kernel of the image.")
            : kernel < s_configFs ? Warn(
                $"Linux {kernel}; evidence comes from /dev/sev-guest",
                $"Linux {s_configFs} or later, with configfs-tsm",
                "Update the kernel of the image.")
            : Good(
                isTdx && kernel < s_registers
                    ? $"Linux {kernel}; registers can't be extended before Linux {s_registers}"
                    : $"Linux {kernel}");
    }
}
