using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace MarbleRun.Identity;

/// <summary>The revocations of one trust list.</summary>
internal sealed class MarbleRevocations
{
    public static readonly MarbleRevocations None = Create([]);

    private readonly FrozenDictionary<RevokedSubject, ImmutableArray<RevokedSubject.Entry>> _bySubject;

    /// <summary>All revocations of platforms.</summary>
    private readonly ImmutableArray<RevokedSubject.Entry> _platforms;

    private MarbleRevocations(FrozenDictionary<RevokedSubject, ImmutableArray<RevokedSubject.Entry>> bySubject, int count)
    {
        _bySubject = bySubject;
        _platforms = [.. bySubject.Where(r => r.Key.Kind == RevokedKind.Platform).SelectMany(r => r.Value)];
        Count = count;
    }

    public int Count { get; }

    public static MarbleRevocations Create(IReadOnlyCollection<(RevokedSubject Subject, RevokedSubject.Entry Entry)> revocations) => new(
        revocations.GroupBy(r => r.Subject).ToFrozenDictionary(g => g.Key, g => g.Select(r => r.Entry).ToImmutableArray()),
        revocations.Count);

    /// <summary>Returns why the peer is revoked, or null.</summary>
    public string? Find(VerifiedPeer peer)
    {
        if (Count == 0)
        {
            return null;
        }

        MarblePeer names = peer.Peer;
        return Find(new RevokedSubject(RevokedKind.Uuid, MarbleUuid.ToCanonical(names.Id)), names, "its UUID")
            ?? Find(new RevokedSubject(RevokedKind.Certificate, peer.Certificate), names, "its certificate")
            ?? Find(new RevokedSubject(RevokedKind.MarbleType, names.MarbleType), names, "its type")
            ?? Find(new RevokedSubject(RevokedKind.Measurement, names.Measurement ?? string.Empty), names, "its measurement")
            ?? FindPlatform(names);
    }

    /// <summary>Evidence may hide the machine (SEV-SNP with MASK_CHIP_ID): while a platform is revoked, it may be that one.</summary>
    private string? FindPlatform(MarblePeer names) =>
        names.Platform is { } platform ? Find(new RevokedSubject(RevokedKind.Platform, platform), names, "its platform")
        : names.Measurement is not null && First(_platforms, names) is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"it hides its platform, while a platform is revoked (revocation {number})")
        : null;

    private string? Find(RevokedSubject subject, MarblePeer names, string name) =>
        _bySubject.TryGetValue(subject, out ImmutableArray<RevokedSubject.Entry> entries) && First(entries, names) is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"it is revoked by {name} (revocation {number})")
            : null;

    private static ulong? First(ImmutableArray<RevokedSubject.Entry> entries, MarblePeer names)
    {
        foreach (RevokedSubject.Entry entry in entries)
        {
            if (entry.MarbleTypes.IsEmpty || entry.MarbleTypes.Contains(names.MarbleType, StringComparer.Ordinal))
            {
                return entry.Number;
            }
        }

        return null;
    }
}

/// <summary>What a revocation names.</summary>
/// <param name="Kind">The kind of name.</param>
/// <param name="Value">UUIDs in the canonical form, bytes as lower-case hex; never empty.</param>
internal readonly record struct RevokedSubject(RevokedKind Kind, string Value)
{
    /// <summary>One revocation of a subject.</summary>
    /// <param name="Number">The number of the revocation.</param>
    /// <param name="MarbleTypes">The types that it is limited to; all if empty.</param>
    internal readonly record struct Entry(ulong Number, ImmutableArray<string> MarbleTypes);
}

/// <summary>The kinds of names of revocations.</summary>
internal enum RevokedKind
{
    None = 0,
    Uuid,
    Certificate,
    MarbleType,
    Measurement,
    Platform,
}
