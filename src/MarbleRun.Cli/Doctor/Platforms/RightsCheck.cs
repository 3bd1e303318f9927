using System.Globalization;
using MarbleRun.Tee;

namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>Whether the kernel gives evidence to this process.</summary>
internal sealed class RightsCheck() : SimpleCheck(
    "platform.rights", "right to get evidence from the kernel", "docs/tee/README.md#rights")
{
    private const string Capabilities = "CapEff:";
    private const ulong DacOverride = 1 << 1;

    protected override Finding? Look(Examination examination)
    {
        if (!examination.IsConfidentialMachine)
        {
            return null;
        }

        bool isAllowed = examination.Tee.Backend == TeeBackend.SevGuest
            ? examination.Machine.Files.CanOpen("/dev/sev-guest", FileAccess.ReadWrite)
            : HasCapability(examination.Machine.Files.ReadText("/proc/self/status") ?? string.Empty);
        return isAllowed
            ? Good("this process may get evidence")
            : Warn(
                "this process has no right to get evidence",
                "root, or the capability CAP_DAC_OVERRIDE",
                "Start the service by marblerun-premain --user UID:GID, which gets the evidence as root, or give it the capability.");
    }

    private static bool HasCapability(string status)
    {
        string? line = status.Split('\n').FirstOrDefault(l => l.StartsWith(Capabilities, StringComparison.Ordinal));
        return ulong.TryParse(
            line?[Capabilities.Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong set)
            && (set & DacOverride) != 0;
    }
}
