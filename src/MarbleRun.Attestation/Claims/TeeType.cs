namespace MarbleRun.Attestation.Claims;

/// <summary>A kind of trusted execution environment.</summary>
public enum TeeType
{
    /// <summary>The kind is unknown.</summary>
    Unknown = 0,

    /// <summary>Intel SGX: an enclave in a process.</summary>
    Sgx,

    /// <summary>Intel TDX: a trust domain (TD), a whole virtual machine.</summary>
    Tdx,

    /// <summary>AMD SEV-SNP: a confidential virtual machine.</summary>
    Snp,
}
