namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>To what the platform's sealing key is bound.</summary>
public enum SealingPolicy
{
    /// <summary>To the measurement: only the very same code gets the key (SGX: MRENCLAVE policy).</summary>
    UniqueKey = 0,

    /// <summary>To signer and product: newer versions of the same product get the key too (SGX: MRSIGNER policy).</summary>
    ProductKey,
}
