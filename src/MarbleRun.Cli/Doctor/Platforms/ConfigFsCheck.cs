namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>Whether configfs-tsm is there.</summary>
internal sealed class ConfigFsCheck() : SimpleCheck(
    "platform.configfs", "configfs-tsm of a confidential machine", "docs/tee/README.md#how-each-was-tested")
{
    private const string Mount = "/sys/kernel/config";

    protected override Finding? Look(Examination examination)
    {
        if (!examination.IsConfidentialMachine)
        {
            return null;
        }

        return examination.HasConfigFsTsm ? Good($"{Mount}/tsm/report")
            : examination.Machine.Files.ReadText("/proc/mounts")?.Contains($" {Mount} configfs", StringComparison.Ordinal) == false
            ? Fail(
                $"configfs is not mounted at {Mount}",
                $"{Mount}/tsm/report",
                $"Mount it in the image: mount -t configfs none {Mount}")
            : Fail(
                $"{Mount}/tsm/report does not exist",
                "a folder that the driver of the platform makes",
                "Load the driver in the image: modprobe tdx_guest or modprobe sev_guest");
    }
}
