using System.Collections.Frozen;

namespace MarbleRun.Identity;

/// <summary>
/// Specifies which Marbles may be on the other side of a connection. It is called only after the peer's certificate is verified, so its
/// names come from the Coordinator. Derive from it for your own rules; implementations must be thread-safe.
/// </summary>
public abstract class MarblePeerPolicy
{
    private const string SpiffePrefix = "spiffe://";

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

    /// <summary>Allows certain instances of one Marble type, regardless of the host name that they are reached by.</summary>
    /// <param name="marbleType">The type; case-sensitive.</param>
    /// <param name="ids">The UUIDs, at least one.</param>
    /// <remarks>
    /// A Marble chooses its UUID: every Marble of the type can have each of them. The policy separates the type from other types, and
    /// instances of the type only if they are honest. The same is true for the UUID in a SPIFFE ID.
    /// </remarks>
    /// <exception cref="ArgumentException">No type or no UUID is given, or the zero UUID.</exception>
    public static MarblePeerPolicy AllowInstances(string marbleType, params ReadOnlySpan<Guid> ids)
    {
        ArgumentException.ThrowIfNullOrEmpty(marbleType);
        if (ids.IsEmpty || ids.Contains(Guid.Empty))
        {
            throw new ArgumentException("Name at least one UUID, and not the zero UUID.", nameof(ids));
        }

        return new InstancesPolicy(marbleType, ids);
    }

    /// <summary>
    /// Allows Marbles with certain SPIFFE IDs (<see cref="MarblePeer.SpiffeId"/>), regardless of the host name that they are reached by.
    /// </summary>
    /// <param name="spiffeIds">
    /// The IDs, at least one: <c>spiffe://domain/marble/type/uuid</c>. An ID that ends in <c>/</c> allows all that begin with it:
    /// <c>spiffe://domain/marble/type/</c>. Case-sensitive.
    /// </param>
    /// <exception cref="ArgumentException">No ID is given, or a text that is not one.</exception>
    public static MarblePeerPolicy AllowSpiffeIds(params ReadOnlySpan<string> spiffeIds)
    {
        if (spiffeIds.IsEmpty)
        {
            throw new ArgumentException("Name at least one SPIFFE ID.", nameof(spiffeIds));
        }

        foreach (string spiffeId in spiffeIds)
        {
            if (spiffeId?.StartsWith(SpiffePrefix, StringComparison.Ordinal) != true
                || spiffeId.IndexOf('/', SpiffePrefix.Length) <= SpiffePrefix.Length)
            {
                throw new ArgumentException($"'{spiffeId}' is not a SPIFFE ID with a path: spiffe://domain/path.", nameof(spiffeIds));
            }
        }

        return new SpiffeIdsPolicy(spiffeIds);
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

    private sealed class InstancesPolicy(string marbleType, ReadOnlySpan<Guid> ids) : MarblePeerPolicy
    {
        private readonly FrozenSet<Guid> _ids = FrozenSet.Create(ids);

        public override bool IdentifiesPeer => true;

        public override bool IsAllowed(MarblePeer peer)
        {
            ArgumentNullException.ThrowIfNull(peer);
            return peer.MarbleType == marbleType && _ids.Contains(peer.Id);
        }

        public override string ToString() =>
            $"Marbles of type '{marbleType}' with the UUID {string.Join(", ", _ids.Select(MarbleUuid.ToCanonical).Order())}";
    }

    private sealed class SpiffeIdsPolicy(ReadOnlySpan<string> spiffeIds) : MarblePeerPolicy
    {
        private readonly string[] _ids = spiffeIds.ToArray();

        public override bool IdentifiesPeer => true;

        public override bool IsAllowed(MarblePeer peer)
        {
            ArgumentNullException.ThrowIfNull(peer);
            return peer.SpiffeId is { } id
                && Array.Exists(_ids, a => a.EndsWith('/') ? id.StartsWith(a, StringComparison.Ordinal) : a == id);
        }

        public override string ToString() => $"Marbles with the SPIFFE ID {string.Join(", ", _ids)}";
    }
}
