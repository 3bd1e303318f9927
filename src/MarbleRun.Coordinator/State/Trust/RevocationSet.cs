using System.Collections.Immutable;
using System.Text;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.State.Trust;

/// <summary>All revocations of a deployment, immutable, with an index of those in force.</summary>
internal sealed class RevocationSet
{
    /// <summary>A trust list has at most so many.</summary>
    public const int MaxCount = 10_000;

    /// <summary>Bytes of all texts together, so that a trust list stays below the longest message of gRPC, 4 MiB.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    private readonly Lazy<Dictionary<RevocationSubject, ImmutableArray<MarbleRevocation>>> _inForce;

    private readonly Lazy<ImmutableArray<MarbleRevocation>> _platforms;

    private RevocationSet(ImmutableList<MarbleRevocation> all, ulong lastNumber)
    {
        All = all;
        LastNumber = lastNumber;
        _inForce = new(() => all
            .Where(r => r.IsInForce)
            .GroupBy(r => r.Subject)
            .ToDictionary(group => group.Key, group => group.ToImmutableArray()));
        _platforms = new(() => [.. InForce.Where(r => r.Subject.Kind == RevocationKind.Platform)]);
    }

    public static RevocationSet Empty { get; } = new([], 0);

    /// <summary>In the order of their numbers; those that wait for approvals, too.</summary>
    public ImmutableList<MarbleRevocation> All { get; }

    /// <summary>The highest number that was ever used.</summary>
    public ulong LastNumber { get; }

    /// <summary>Those that Marbles are refused by.</summary>
    public IEnumerable<MarbleRevocation> InForce => All.Where(r => r.IsInForce);

    public bool IsEmpty => All.IsEmpty;

    /// <summary>Restores a set.</summary>
    /// <exception cref="ArgumentException">A number is used twice, or higher than the last one.</exception>
    public static RevocationSet Create(IEnumerable<MarbleRevocation> revocations, ulong lastNumber)
    {
        ImmutableList<MarbleRevocation> all = [.. revocations.OrderBy(r => r.Number)];
        return all.DistinctBy(r => r.Number).Count() == all.Count && (all.IsEmpty || all[^1].Number <= lastNumber)
            ? all.IsEmpty && lastNumber == 0 ? Empty : new RevocationSet(all, lastNumber)
            : throw new ArgumentException("The numbers of the revocations are wrong.", nameof(revocations));
    }

    /// <summary>
    /// The revocation in force that <see cref="MarbleRevocation.Fits"/> a Marble, or null; five look-ups, regardless of the number of
    /// revocations.
    /// </summary>
    public MarbleRevocation? Find(in RevocableMarble marble) =>
        Find(RevocationKind.MarbleType, marble.MarbleType, marble)
        ?? Find(RevocationKind.Uuid, MarbleUuid.ToCanonical(marble.Uuid), marble)
        ?? Find(RevocationKind.Certificate, marble.Certificate, marble)
        ?? Find(RevocationKind.Measurement, marble.Measurement, marble)
        ?? (marble.HidesPlatform
            ? First(_platforms.Value, marble.MarbleType)
            : Find(RevocationKind.Platform, marble.Platform, marble));

    /// <summary>All revocations in force that name a Marble.</summary>
    public IEnumerable<MarbleRevocation> FindAll(RevocableMarble marble) =>
        ((RevocationSubject[])
        [
            new(RevocationKind.MarbleType, marble.MarbleType),
            new(RevocationKind.Uuid, MarbleUuid.ToCanonical(marble.Uuid)),
            new(RevocationKind.Certificate, marble.Certificate ?? string.Empty),
            new(RevocationKind.Measurement, marble.Measurement ?? string.Empty),
            new(RevocationKind.Platform, marble.Platform ?? string.Empty),
        ])
            .SelectMany(subject => _inForce.Value.GetValueOrDefault(subject, []))
            .Concat(marble.HidesPlatform ? _platforms.Value : [])
            .Where(revocation => revocation.Covers(marble.MarbleType));

    /// <summary>The revocation with a number, or null.</summary>
    public MarbleRevocation? Find(ulong number) => All.FirstOrDefault(r => r.Number == number);

    /// <summary>With one more, or with another state of one.</summary>
    public RevocationSet With(MarbleRevocation revocation)
    {
        int index = All.FindIndex(r => r.Number == revocation.Number);
        return index >= 0 ? new RevocationSet(All.SetItem(index, revocation), LastNumber)
            : revocation.Number > LastNumber ? new RevocationSet(All.Add(revocation), revocation.Number)
            : throw new ArgumentException("The number was used before.", nameof(revocation));
    }

    /// <summary>Without one.</summary>
    public RevocationSet Without(ulong number) => new(All.RemoveAll(r => r.Number == number), LastNumber);

    /// <summary>
    /// With the certificates of one issuer that revocations in force name; those that have ended, and those of other issuers, are dropped.
    /// </summary>
    /// <param name="known">Identities and their certificates.</param>
    /// <param name="issuerKey">The identifier of the issuer's key, lower-case hex.</param>
    /// <param name="now">The time.</param>
    /// <returns>This set if it contains them already.</returns>
    public RevocationSet WithCertificates(
        IEnumerable<(RevocableMarble Marble, RevokedCertificate Certificate)> known, string issuerKey, DateTimeOffset now)
    {
        ILookup<ulong, RevokedCertificate> found = known
            .Where(k => IsOfUse(k.Certificate))
            .SelectMany(k => FindAll(k.Marble).Select(revocation => (revocation.Number, k.Certificate)))
            .ToLookup(f => f.Number, f => f.Certificate);
        if (found.Count == 0)
        {
            return this;
        }

        Dictionary<ulong, ImmutableArray<RevokedCertificate>> next = RevokedCertificate.Bound(
            InForce.Select(r => (r.Number, r.Certificates.Where(IsOfUse).Union(found[r.Number]))));
        return InForce.All(r => r.Certificates.Where(IsOfUse).SequenceEqual(next[r.Number]))
            ? this
            : new RevocationSet(
                [.. All.Select(r => next.TryGetValue(r.Number, out var certificates) ? r with { Certificates = certificates } : r)],
                LastNumber);

        bool IsOfUse(RevokedCertificate certificate) => certificate.NotAfter > now && certificate.IssuerKey == issuerKey;
    }

    /// <summary>The bytes that the texts of a revocation take.</summary>
    public static long SizeOf(MarbleRevocation revocation) =>
        Size(revocation.Subject.Value) + Size(revocation.Reason) + revocation.MarbleTypes.Sum(Size);

    private static long Size(string text) => Encoding.UTF8.GetByteCount(text);

    private MarbleRevocation? Find(RevocationKind kind, string? value, in RevocableMarble marble) =>
        value is not null && _inForce.Value.TryGetValue(new RevocationSubject(kind, value), out ImmutableArray<MarbleRevocation> found)
            ? First(found, marble.MarbleType)
            : null;

    private static MarbleRevocation? First(ImmutableArray<MarbleRevocation> revocations, string marbleType)
    {
        foreach (MarbleRevocation revocation in revocations)
        {
            if (revocation.Covers(marbleType))
            {
                return revocation;
            }
        }

        return null;
    }
}
