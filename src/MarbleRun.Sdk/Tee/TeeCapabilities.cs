namespace MarbleRun.Tee;

/// <summary>What a trusted execution environment offers to the process in it.</summary>
[Flags]
public enum TeeCapabilities
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Evidence: a quote or a report that the platform signs.</summary>
    Evidence = 1,

    /// <summary>Evidence may come with certificates: AMD SEV-SNP.</summary>
    Certificates = 2,

    /// <summary>A sealing key for exactly this code: <see cref="TeeSealingPolicy.Unique"/>.</summary>
    UniqueKey = 4,

    /// <summary>A sealing key for all code of this signer and product: <see cref="TeeSealingPolicy.Product"/>.</summary>
    ProductKey = 8,

    /// <summary>
    /// Sealing keys have an identifier. Without one, an update of the processor's microcode changes the keys of SGX.
    /// </summary>
    KeyId = 16,

    /// <summary>Runtime measurement registers that can be extended: Intel TDX with Linux 6.16 or later.</summary>
    Extend = 32,
}
