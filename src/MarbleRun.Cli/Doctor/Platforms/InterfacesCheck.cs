namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>The interfaces of the kernel and of library systems.</summary>
internal sealed class InterfacesCheck() : SimpleCheck(
    "platform.interfaces", "interfaces of the kernel and of library operating systems", "docs/tee/README.md#how-each-was-tested")
{
    private static readonly (string Path, string Name)[] s_interfaces =
    [
        ("/dev/attestation/quote", "Gramine, /dev/attestation"),
        ("/dev/sgx", "Occlum, /dev/sgx"),
        ("/sys/kernel/config/tsm/report", "configfs-tsm"),
        ("/dev/tdx_guest", "TDX, /dev/tdx_guest"),
        ("/dev/sev-guest", "SEV-SNP, /dev/sev-guest"),
        ("/dev/tpmrm0", "a TPM, /dev/tpmrm0"),
        ("/dev/sgx_enclave", "enclaves of SGX can be started, /dev/sgx_enclave"),
    ];

    protected override Finding? Look(Examination examination)
    {
        string[] found = [.. s_interfaces.Where(i => examination.Machine.Files.Exists(i.Path)).Select(i => i.Name)];
        return found.Length == 0 ? null : Good(string.Join("; ", found));
    }
}
