namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>Whether enclaves can be started on this machine.</summary>
internal sealed class SgxDevicesCheck() : SimpleCheck(
    "platform.sgx", "devices that start enclaves of SGX", "docs/tee/sgx-gramine.md#what-to-run")
{
    private static readonly (string Path, string Group)[] s_devices = [("/dev/sgx_enclave", "sgx"), ("/dev/sgx_provision", "sgx_prv")];

    protected override Finding? Look(Examination examination)
    {
        if (!examination.Machine.Files.Exists(s_devices[0].Path))
        {
            return null;
        }

        (string Path, string Group)[] closed =
            [.. s_devices.Where(d => !examination.Machine.Files.CanOpen(d.Path, FileAccess.ReadWrite))];
        return closed.Length == 0
            ? Good("enclaves can be started, and can be attested")
            : Warn(
                $"this user can't open {string.Join(" and ", closed.Select(d => d.Path))}",
                "read and write access for the user that starts the enclave",
                $"Add the user to {string.Join(" and ", closed.Select(d => $"the group {d.Group}"))}, and log in again.");
    }
}
