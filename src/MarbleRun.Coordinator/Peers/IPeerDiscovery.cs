namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// Finds the other Coordinators of a deployment, besides those that <see cref="PeerOptions"/> names. A host can register several; all are
/// asked each time.
/// </summary>
public interface IPeerDiscovery
{
    /// <summary>Whether it has what it needs to find any. If not, it is not asked.</summary>
    bool IsConfigured { get; }

    /// <summary>
    /// The addresses of the peer ports as they are now, <c>host:port</c> each. The one of this Coordinator may be among them, and what is
    /// there need not be trusted: both sides attest.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="PeerDiscoveryException">None are found; the message says why, for the operator.</exception>
    ValueTask<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken);
}
