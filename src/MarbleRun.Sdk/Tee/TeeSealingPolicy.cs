namespace MarbleRun.Tee;

/// <summary>Which code a sealing key belongs to.</summary>
public enum TeeSealingPolicy
{
    /// <summary>Not specified.</summary>
    Unknown = 0,

    /// <summary>Exactly this code: MRENCLAVE of SGX, the launch measurement of SEV-SNP.</summary>
    Unique = 1,

    /// <summary>All code of this signer and product: MRSIGNER of SGX.</summary>
    Product = 2,
}
