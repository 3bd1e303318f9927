using System.Collections.Frozen;
using System.Globalization;

namespace MarbleRun.Identity;

/// <summary>The revocations of one trust list, each with its number. Measurements, platforms and certificates are lower-case hex.</summary>
internal sealed class MarbleRevocations
{
    public static readonly MarbleRevocations None = new();

    public FrozenDictionary<Guid, ulong> Instances { get; init; } = FrozenDictionary<Guid, ulong>.Empty;

    public FrozenDictionary<string, ulong> Certificates { get; init; } = FrozenDictionary<string, ulong>.Empty;

    public FrozenDictionary<string, ulong> MarbleTypes { get; init; } = FrozenDictionary<string, ulong>.Empty;

    public FrozenDictionary<string, ulong> Measurements { get; init; } = FrozenDictionary<string, ulong>.Empty;

    public FrozenDictionary<string, ulong> Platforms { get; init; } = FrozenDictionary<string, ulong>.Empty;

    public int Count => Instances.Count + Certificates.Count + MarbleTypes.Count + Measurements.Count + Platforms.Count;

    /// <summary>Returns why the peer is revoked, or null.</summary>
    public string? Find(VerifiedPeer peer)
    {
        MarblePeer names = peer.Peer;
        return
            Instances.TryGetValue(names.Id, out ulong number) ? Describe(number, "its UUID")
            : Certificates.TryGetValue(peer.Certificate, out number) ? Describe(number, "its certificate")
            : MarbleTypes.TryGetValue(names.MarbleType, out number) ? Describe(number, "its type")
            : null;
    }

    private static string Describe(ulong number, string subject) =>
        string.Create(CultureInfo.InvariantCulture, $"it is revoked by {subject} (revocation {number})");
}
