using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Identities;

/// <summary>
/// The identities whose certificates are valid, in memory: filled by activations and renewals, and after a restart by the Marbles that show
/// their certificate. It is bounded; one Marble type with very many identities displaces only its own.
/// </summary>
internal sealed class MarbleRegistry(TimeProvider timeProvider, int maxCount = MarbleRegistry.MaxCount)
{
    public const int MaxCount = 100_000;

    private static readonly Comparer<KnownMarble> s_byEnd = Comparer<KnownMarble>.Create((x, y) =>
        x.NotAfter.CompareTo(y.NotAfter) is not 0 and int order ? order : string.CompareOrdinal(x.Certificate, y.Certificate));

    private readonly Lock _lock = new();
    private readonly Dictionary<string, KnownMarble> _all = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, List<KnownMarble>> _byUuid = [];

    /// <summary>By type: in the order of the certificates' ends.</summary>
    private readonly Dictionary<string, SortedSet<KnownMarble>> _byType = new(StringComparer.Ordinal);

    private DateTimeOffset _completeSince = timeProvider.GetUtcNow();
    private long _version;

    /// <summary>Changes when an identity is added or removed.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>
    /// No identity is missing that was issued since this time: the start of this Coordinator, or the last time that one was displaced. Of
    /// those from before, the Marbles that showed their certificate since are listed.
    /// </summary>
    public DateTimeOffset CompleteSince
    {
        get
        {
            lock (_lock)
            {
                return _completeSince;
            }
        }
    }

    /// <summary>Called with each identity that was added; a handler must be quick.</summary>
    public event Action<KnownMarble>? Added;

    /// <summary>Adds an identity, or notes that its Marble was seen. The caller has verified the certificate.</summary>
    /// <param name="certificate">The certificate of a Marble.</param>
    /// <param name="marble">The names in it.</param>
    public KnownMarble Record(X509Certificate2 certificate, MarblePeer marble) =>
        Record(KnownMarble.Of(certificate, marble, timeProvider.GetUtcNow()));

    /// <summary>Adds an identity that was just issued.</summary>
    public KnownMarble Record(MarbleLeaf issued) => Record(KnownMarble.Of(issued, timeProvider.GetUtcNow()));

    /// <summary>Recognises a Marble by its certificate, and notes that it was seen; a revoked one, too, for the revocation list.</summary>
    /// <param name="state">The state.</param>
    /// <param name="leaf">The certificate whose key the handshake proved.</param>
    /// <param name="fault">The reason of a refusal; null on success.</param>
    public MarblePeer? Recognise(CoordinatorState state, X509Certificate2 leaf, out string? fault)
    {
        if (state.Verify(leaf, timeProvider.GetUtcNow(), out fault) is not { } marble)
        {
            return null;
        }

        RevocableMarble revocable = Record(leaf, marble).Marble;
        fault = state.Revocations.Find(revocable)?.Describe(revocable);
        return fault is null ? marble : null;
    }

    /// <summary>Removes an identity whose Marble never received it.</summary>
    /// <param name="certificate">SHA-256 of the certificate (DER), lower-case hex.</param>
    public void Forget(string certificate)
    {
        lock (_lock)
        {
            if (_all.TryGetValue(certificate, out KnownMarble? known))
            {
                Remove(known);
            }
        }
    }

    /// <summary>The identities whose certificates have not ended.</summary>
    public IReadOnlyList<KnownMarble> List()
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        lock (_lock)
        {
            return [.. _all.Values.Where(m => m.NotAfter > now)];
        }
    }

    /// <summary>The identities with a UUID; several Marbles may claim the same one.</summary>
    public IReadOnlyList<KnownMarble> Find(Guid uuid)
    {
        lock (_lock)
        {
            return _byUuid.TryGetValue(uuid, out List<KnownMarble>? found) ? [.. found] : [];
        }
    }

    /// <summary>The identity with a certificate.</summary>
    public bool TryFind(string certificate, [NotNullWhen(true)] out KnownMarble? known)
    {
        lock (_lock)
        {
            return _all.TryGetValue(certificate, out known);
        }
    }

    private KnownMarble Record(KnownMarble known)
    {
        DateTimeOffset now = known.LastSeen;
        lock (_lock)
        {
            if (_all.TryGetValue(known.Certificate, out KnownMarble? before))
            {
                before.SeenAt(now);
                return before;
            }

            if (known.NotAfter <= now)
            {
                return known;
            }

            MakeRoom(known.Marble.MarbleType, now);
            Add(known);
        }

        Added?.Invoke(known);
        return known;
    }

    /// <summary>Removes what has ended; and if that is not enough, what ends first of the type with the most identities.</summary>
    private void MakeRoom(string marbleType, DateTimeOffset now)
    {
        RemoveEnded(marbleType, now);
        if (_all.Count < maxCount)
        {
            return;
        }

        foreach (string type in _byType.Keys.ToArray())
        {
            RemoveEnded(type, now);
        }

        while (_all.Count >= maxCount)
        {
            _completeSince = now;
            Remove(_byType.Values.MaxBy(of => of.Count)!.Min!);
        }
    }

    private void RemoveEnded(string marbleType, DateTimeOffset now)
    {
        while (_byType.TryGetValue(marbleType, out SortedSet<KnownMarble>? ofType) && ofType.Min is { } first && first.NotAfter <= now)
        {
            Remove(first);
        }
    }

    private void Add(KnownMarble known)
    {
        _all.Add(known.Certificate, known);
        if (!_byUuid.TryGetValue(known.Marble.Uuid, out List<KnownMarble>? ofUuid))
        {
            _byUuid.Add(known.Marble.Uuid, ofUuid = []);
        }

        ofUuid.Add(known);
        if (!_byType.TryGetValue(known.Marble.MarbleType, out SortedSet<KnownMarble>? ofType))
        {
            _byType.Add(known.Marble.MarbleType, ofType = new SortedSet<KnownMarble>(s_byEnd));
        }

        ofType.Add(known);
        Interlocked.Increment(ref _version);
    }

    private void Remove(KnownMarble known)
    {
        _all.Remove(known.Certificate);
        List<KnownMarble> ofUuid = _byUuid[known.Marble.Uuid];
        ofUuid.Remove(known);
        if (ofUuid.Count == 0)
        {
            _byUuid.Remove(known.Marble.Uuid);
        }

        SortedSet<KnownMarble> ofType = _byType[known.Marble.MarbleType];
        ofType.Remove(known);
        if (ofType.Count == 0)
        {
            _byType.Remove(known.Marble.MarbleType);
        }

        Interlocked.Increment(ref _version);
    }
}
