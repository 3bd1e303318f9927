namespace MarbleRun.Coordinator.Peers;

/// <summary>The other Coordinators cannot be found at the moment. Another attempt can succeed.</summary>
public sealed class PeerDiscoveryException : MarbleRunException
{
    /// <param name="message">Where it was asked, what is wrong, and what to do.</param>
    /// <param name="innerException">The cause, or null.</param>
    public PeerDiscoveryException(string message, Exception? innerException = null)
        : base(message, innerException!)
    {
    }
}
