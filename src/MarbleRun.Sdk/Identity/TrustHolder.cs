using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Protos;

namespace MarbleRun.Identity;

/// <summary>
/// The current trust of one deployment, shared by all identities that this process gets from it. It is replaced as a whole and read without
/// a lock; a trust never becomes an older one.
/// </summary>
internal sealed class TrustHolder
{
    private readonly Lock _lock = new();
    private MarbleTrust? _current;
    private TrustContact? _contact;

    public TrustHolder(X509Certificate2 coordinatorRoot)
    {
        CoordinatorRoot = coordinatorRoot;
        Connections = new OpenConnections(this);
    }

    /// <summary>
    /// Raised after each new trust, on the thread that received it, outside of any lock. Handlers must not wait. An identity whose <see
    /// cref="MarbleIdentity.IsOutdated"/> is true then should be renewed.
    /// </summary>
    public event Action? Changed;

    /// <summary>The root of the deployment, which signs the lists.</summary>
    public X509Certificate2 CoordinatorRoot { get; }

    /// <summary>The open connections to peers.</summary>
    public OpenConnections Connections { get; }

    /// <summary>The peers that were verified, under this trust or earlier ones.</summary>
    public VerifiedPeers VerifiedPeers { get; } = new();

    /// <summary>The contact with the Coordinator; null if its silence means nothing: a Coordinator that sends no lists.</summary>
    public TrustContact? Contact => Volatile.Read(ref _contact);

    /// <summary>The last accepted trust; null before the first list, and with a Coordinator that sends none.</summary>
    public MarbleTrust? Current => Volatile.Read(ref _current);

    /// <summary>Whether an identity is of this deployment.</summary>
    public bool IsOf(X509Certificate2 otherRoot) => CoordinatorRoot.RawDataMemory.Span.SequenceEqual(otherRoot.RawDataMemory.Span);

    /// <summary>Accepts a list, unless it is older than the current one or breaks a rule.</summary>
    /// <param name="signed">The list.</param>
    /// <param name="source">The connection that it came from.</param>
    /// <param name="now">When it came.</param>
    /// <param name="reason">Why it is refused; the current trust stays.</param>
    public bool TryAccept(SignedTrustList signed, TrustSource source, DateTimeOffset now, [NotNullWhen(false)] out string? reason)
    {
        if (!TrustListReader.TryRead(signed, CoordinatorRoot, now, out MarbleTrust? trust, out reason))
        {
            return false;
        }

        lock (_lock)
        {
            MarbleTrust? current = _current;
            if ((reason = FindFault(trust, current)) is not null)
            {
                return false;
            }

            if (!source.Proves(trust))
            {
                reason = "the server that sent it does not have the key of its first authority";
                return false;
            }

            if (current?.Number == trust.Number)
            {
                return true;
            }

            Volatile.Write(ref _current, trust.After(current));
        }

        Connections.CheckAll();
        Changed?.Invoke();
        return true;
    }

    /// <summary>Sets <see cref="Contact"/>, and when connections end because of it.</summary>
    public void SetContact(TrustContact? contact)
    {
        Volatile.Write(ref _contact, contact);
        Connections.CheckAll();
    }

    /// <summary>Checks a peer that was verified before.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">The time.</param>
    /// <param name="reason">Why the peer is not accepted; null if it is.</param>
    public PeerFault FindFault(VerifiedPeer peer, DateTimeOffset now, out string? reason)
    {
        PeerFault fault = Current is { } trust ? trust.FindFault(peer, now, out reason) : MarbleTrust.FindEnd(peer, now, out reason);
        if (fault == PeerFault.None && Contact?.FindFault(now) is { } stale)
        {
            reason = $"{peer.Peer}: {stale}";
            return PeerFault.Stale;
        }

        return fault;
    }

    /// <summary>When a peer that is accepted now stops to be, if the trust stays.</summary>
    public DateTimeOffset EndOf(VerifiedPeer peer)
    {
        DateTimeOffset end = Current?.EndOf(peer) ?? peer.NotAfter;
        return Contact?.RefusesFrom is { } refused && refused < end ? refused : end;
    }

    private static string? FindFault(MarbleTrust trust, MarbleTrust? current) =>
        current is null || trust.Number > current.Number ? null
        : trust.Number < current.Number ? $"its number is {trust.Number}, and the current list's is {current.Number}"
        : trust.Content.SequenceEqual(current.Content) ? null
        : $"it has the number of the current list, {trust.Number}, and another content";
}
