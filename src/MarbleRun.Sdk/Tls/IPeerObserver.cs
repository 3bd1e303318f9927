namespace MarbleRun.Tls;

/// <summary>The owner of connections, which opens another one for the next request where an open one must not be used.</summary>
internal interface IPeerObserver
{
    /// <summary>A peer was accepted in a handshake.</summary>
    /// <param name="end">When the peer stops to be accepted, if the trust stays.</param>
    void Accepted(DateTimeOffset end);

    /// <summary>Open connections must not take new requests.</summary>
    void Drain();
}
