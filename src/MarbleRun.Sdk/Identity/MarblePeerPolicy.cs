using System.Collections.Frozen;

namespace MarbleRun.Identity;

/// <summary>
/// Specifies which Marbles may be on the other side of a connection. It is called only after the peer's certificate is verified, so its
/// names come from the Coordinator. Derive from it for your own rules; implementations must be thread-safe.
/// </summary>
public abstract class MarblePeerPolicy
{
    /// <summary>Allows every Marble of the mesh.</summary>
    public static MarblePeerPolicy AnyMarble { get; } = new AnyMarblePolicy();

    /// <summary>
    /// True if this policy alone identifies the peer, so that a client does not require the host name in the peer's certificate. The
    /// default is false.
    /// </summary>
    public virtual bool IdentifiesPeer => false;

    /// <summary>Allows Marbles of certain types, regardless of the host name that they are reached by.</summary>
    /// <param name="marbleTypes">The types, at least one; case-sensitive.</param>
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

    /// <summary>Decides whether a peer is allowed.</summary>
    /// <param name="peer">The peer, whose certificate is verified.</param>
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

        public override string ToString() =>
            $"Marbles of type {string.Join(", ", _types.Order(StringComparer.Ordinal).Select(t => $"'{t}'"))}";
    }
}
