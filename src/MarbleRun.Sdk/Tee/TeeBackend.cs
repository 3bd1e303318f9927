namespace MarbleRun.Tee;

/// <summary>How a process reaches the trusted execution environment that it runs in.</summary>
public enum TeeBackend
{
    /// <summary>
    /// The one that is found, in this order: Mystikos, Occlum, Gramine, configfs-tsm, <c>/dev/sev-guest</c>. Simulation is never found.
    /// </summary>
    Automatic = 0,

    /// <summary>Intel SGX with Gramine: <c>/dev/attestation</c>.</summary>
    Gramine = 1,

    /// <summary>Intel SGX with Occlum: <c>/dev/sgx</c>.</summary>
    Occlum = 2,

    /// <summary>Intel SGX with Mystikos: its system calls. Experimental.</summary>
    Mystikos = 3,

    /// <summary>Intel TDX or AMD SEV-SNP: Linux's configfs-tsm (Linux 6.7 or later).</summary>
    ConfigFsTsm = 4,

    /// <summary>AMD SEV-SNP: <c>/dev/sev-guest</c>, for kernels without configfs-tsm.</summary>
    SevGuest = 5,
}
