using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>Connections that are wrapped in TLS transparently for the app: an entry of the manifest's <c>TLS</c>.</summary>
public sealed record TlsTag
{
    /// <summary>Addresses to connect to with TLS.</summary>
    public ImmutableArray<TlsEntry> Outgoing { get; init; } = [];

    /// <summary>Ports that accept connections with TLS.</summary>
    public ImmutableArray<TlsEntry> Incoming { get; init; } = [];

    /// <summary>Compares the entries without regard to their order.</summary>
    /// <param name="other">The other tag.</param>
    public bool Equals(TlsTag? other) =>
        other is not null && ItemEquality.SameItems(Outgoing, other.Outgoing) && ItemEquality.SameItems(Incoming, other.Incoming);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Outgoing.Length, Incoming.Length);
}
