using System.Collections.Frozen;

namespace MarbleRun.Identity;

/// <summary>
/// Says which Marbles may be on the other side of a connection. It is asked only after the peer's certificate verified, so that the names it
/// sees are the Coordinator's words. Derive from it for rules of your own; it must be safe to call from many threads.
/// </summary>
public abstract class MarblePeerPolicy
{
    /// <summary>Lets every Marble of the mesh through.</summary>
    public static MarblePeerPolicy AnyMarble { get; } = new AnyMarblePolicy();

    /// <summary>
    /// True if this policy alone says who the peer is, so that a client need not find the host name in the peer's certificate.
    /// The default is false.
    /// </summary>
    public virtual bool IdentifiesPeer => false;

    /// <summary>Lets Marbles of certain types through, under whatever host name they are reached.</summary>
    /// <param name="marbleTypes">The types, at least one; case matters.</param>
    /// <exception cref="ArgumentException">No type is given, or an empty one.</exception>
    public static MarblePeerPolicy AllowTypes(params ReadOnlySpan<string> marbleTypes)
    {
        if (marbleTypes.IsEmpty)
        {
            throw new ArgumentException("Name at least one Marble type; to let every Marble through use AnyMarble.", nameof(marbleTypes));
        }

        foreach (string marbleType in marbleTypes)
        {
            ArgumentException.ThrowIfNullOrEmpty(marbleType, nameof(marbleTypes));
        }

        return new TypesPolicy(marbleTypes);
    }

    /// <summary>Decides about one peer.</summary>
    /// <param name="peer">The peer, whose certificate has verified.</param>
    public abstract bool IsAllowed(MarblePeer peer);

    private sealed class AnyMarblePolicy : MarblePeerPolicy
    {
        public override bool IsAllowed(MarblePeer peer) => true;

        public override string ToString() => "any Marble";
    }

    private sealed class TypesPolicy(ReadOnlySpan<string> marbleTypes) : MarblePeerPolicy
    {
        private readonly FrozenSet<string> _types = FrozenSet.Create(StringComparer.Ordinal, marbleTypes);

        public override bool IdentifiesPeer => true;

        public override bool IsAllowed(MarblePeer peer)
        {
            ArgumentNullException.ThrowIfNull(peer);
            return _types.Contains(peer.MarbleType);
        }

        public override string ToString() => $"Marbles of type {string.Join(", ", _types.Order(StringComparer.Ordinal).Select(t => $"'{t}'"))}";
    }
}
