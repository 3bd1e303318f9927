using System.Collections.Immutable;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// All monotonic counters, by their name on the wire of MarbleRun 1.9's store: immutable, with what was raised since all were sealed
/// together, and with what those of each type and of each Marble take.
/// </summary>
internal sealed record CounterSet
{
    private static readonly ImmutableSortedDictionary<string, ulong> s_none = ImmutableSortedDictionary.Create<string, ulong>(
        StringComparer.Ordinal);

    private CounterSet()
    {
    }

    public static CounterSet Empty { get; } = new();

    public ImmutableSortedDictionary<string, ulong> Values { get; private init; } = s_none;

    /// <summary>Those of <see cref="Values"/> that were raised since the base; all, if there is no base.</summary>
    public ImmutableSortedDictionary<string, ulong> Recent { get; private init; } = s_none;

    /// <summary>What <see cref="Recent"/> takes.</summary>
    public long RecentBytes { get; private init; }

    /// <summary>The seal of the base; null if there is no base.</summary>
    public string? Base { get; private init; }

    /// <summary>Counts commits of counters. It goes on over a change of the series.</summary>
    public ulong Generation { get; init; }

    /// <summary>The seal of the blob of <see cref="Recent"/>; null if there never was one.</summary>
    public string? Seal { get; init; }

    /// <summary>
    /// The series of blobs that they are sealed in, apart from the state; null while they are sealed in the state itself.
    /// </summary>
    public Guid? Series { get; private init; }

    /// <summary>What all take.</summary>
    public CounterUse Use { get; private init; }

    private ImmutableDictionary<string, CounterUse> Uses { get; init; } = ImmutableDictionary.Create<string, CounterUse>(
        StringComparer.Ordinal);

    /// <summary>Counters that are sealed in the state itself.</summary>
    public static CounterSet Create(IEnumerable<KeyValuePair<string, ulong>> values, ulong generation = 0) =>
        (Empty with { Generation = generation }).Raise(values);

    /// <summary>What a state says of counters that are sealed apart from it, before they are read.</summary>
    public static CounterSet NotRead(Guid series, ulong generation) => Empty with { Series = series, Generation = generation };

    /// <summary>What the counters take that begin with a type and a colon, or with a type, a UUID and colons after each.</summary>
    public CounterUse UseOf(string prefix) => Uses.GetValueOrDefault(prefix);

    /// <summary>Raises a counter, or adds one. A value that is not greater changes nothing.</summary>
    public CounterSet Raise(string key, ulong value) => Raise([KeyValuePair.Create(key, value)]);

    /// <summary>Raises and adds counters.</summary>
    public CounterSet Raise(IEnumerable<KeyValuePair<string, ulong>> raised)
    {
        ImmutableSortedDictionary<string, ulong>.Builder values = Values.ToBuilder(), recent = Recent.ToBuilder();
        ImmutableDictionary<string, CounterUse>.Builder uses = Uses.ToBuilder();
        (CounterUse use, long recentBytes) = (Use, RecentBytes);
        foreach ((string key, ulong value) in raised)
        {
            bool isKnown = values.TryGetValue(key, out ulong before);
            if (isKnown && value <= before)
            {
                continue;
            }

            values[key] = value;
            recentBytes += recent.ContainsKey(key) ? 0 : CounterUse.BytesOf(key);
            recent[key] = value;
            if (!isKnown)
            {
                use = use.With(key);
                foreach (string prefix in PrefixesOf(key))
                {
                    uses[prefix] = uses.GetValueOrDefault(prefix).With(key);
                }
            }
        }

        return ReferenceEquals(values.ToImmutable(), Values)
            ? this
            : this with
            {
                Values = values.ToImmutable(),
                Recent = recent.ToImmutable(),
                RecentBytes = recentBytes,
                Uses = uses.ToImmutable(),
                Use = use,
            };
    }

    /// <summary>The same, sealed in blobs of a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="generation">The generation of <see cref="Recent"/>.</param>
    /// <param name="seal">The seal of its blob; null if it is not sealed yet.</param>
    public CounterSet SealedApart(Guid series, ulong generation, string? seal) =>
        this with { Series = series, Generation = generation, Seal = seal };

    /// <summary>The same, of which all are sealed together as the base.</summary>
    public CounterSet Based(string seal) => this with { Recent = s_none, RecentBytes = 0, Base = seal };

    /// <summary>The same, sealed in the state itself.</summary>
    public CounterSet SealedInState() =>
        Series is null ? this : this with { Series = null, Recent = Values, RecentBytes = Use.Bytes, Base = null };

    public override string ToString() => $"{Use.Count} counters of generation {Generation}";

    private static IEnumerable<string> PrefixesOf(string key)
    {
        for (int colon = key.IndexOf(':', StringComparison.Ordinal), found = 0; colon >= 0
            && found < 2; colon = key.IndexOf(':', colon + 1), found++)
        {
            yield return key[..(colon + 1)];
        }
    }
}

/// <summary>What counters take.</summary>
/// <param name="Count">How many they are.</param>
/// <param name="Bytes">What they take in the clear, before they are sealed.</param>
internal readonly record struct CounterUse(int Count, long Bytes)
{
    /// <summary>What a counter takes besides its name: quotes, colon, comma, and up to 20 digits.</summary>
    private const int Overhead = 24;

    public CounterUse With(string key) => new(Count + 1, Bytes + BytesOf(key));

    public static long BytesOf(string key) => key.Length + Overhead;
}
