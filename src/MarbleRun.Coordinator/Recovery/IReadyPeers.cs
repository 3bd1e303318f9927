namespace MarbleRun.Coordinator.Recovery;

/// <summary>The other Coordinators, as far as they need no recovery.</summary>
internal interface IReadyPeers
{
    /// <summary>Asks for one that proves that it has the state of a deployment.</summary>
    /// <param name="rootHash">SHA-256 of the deployment's root certificate.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its address, or null if no Coordinator proves that.</returns>
    ValueTask<string?> FindAsync(ReadOnlyMemory<byte> rootHash, CancellationToken cancellationToken);
}
