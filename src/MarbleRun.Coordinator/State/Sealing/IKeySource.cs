using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>Other Coordinators of the deployment, which can hand over its keys.</summary>
internal interface IKeySource
{
    /// <summary>Asks them for a key, and for those that are in use beside it.</summary>
    /// <param name="policy">The policy of the key.</param>
    /// <param name="id">Its identifier.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<KeyAnswer> AskAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken);
}

/// <summary>The answer of the peers.</summary>
/// <param name="Received">The keys; null if no peer gave them.</param>
/// <param name="Tried">For the operator: each peer with its reason. Empty if no peer is named.</param>
internal sealed record KeyAnswer(ReceivedKeys? Received, string Tried);

/// <summary>
/// Keys that a peer handed over. They are not used beyond opening the state until the state that they opened was compared with the peer's
/// evidence.
/// </summary>
internal abstract class ReceivedKeys(IReadOnlyList<DeploymentKey> keys) : IDisposable
{
    public IReadOnlyList<DeploymentKey> Keys => keys;

    /// <summary>Compares the state that the keys opened with the peer's evidence.</summary>
    /// <param name="rootHash">SHA-256 of the root certificate in the state.</param>
    /// <param name="manifest">The manifest in the state, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Why these keys must not be used, one or more sentences; null if they may.</returns>
    public abstract ValueTask<string?> FindFaultAsync(
        ReadOnlyMemory<byte> rootHash, Manifest? manifest, CancellationToken cancellationToken);

    /// <summary>Called when the keys are in use, or were refused with this reason.</summary>
    public abstract ValueTask SettleAsync(string? refusal);

    public void Dispose()
    {
        foreach (DeploymentKey key in keys)
        {
            key.Dispose();
        }
    }
}
