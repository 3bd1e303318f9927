namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Caches verified PCK chains by their exact bytes, so that checks that depend neither on the time nor on the quote run once. The caller
/// must still check dates, revocation and everything that depends on the quote. The cache is thread-safe and does not block.
/// </summary>
/// <remarks>
/// The size is limited, because unknown callers can write one good chain in many ways (line ends, zeros after it): a new chain replaces an
/// old one, and a long one is not cached. The place of a chain depends on a hash that differs in each process, so callers cannot choose the
/// place of another chain.
/// </remarks>
internal sealed class PckChainCache
{
    /// <summary>The maximum number of chains.</summary>
    public const int Capacity = Sets * Ways;

    /// <summary>The longest chain that is cached, in bytes; Intel's have less than 4 KiB.</summary>
    public const int LongestChain = 16 * 1024;

    private const int Sets = 64;
    private const int Ways = 4;

    private readonly Entry?[] _entries = new Entry?[Capacity];
    private uint _turn;

    /// <summary>The number of chains.</summary>
    public int Count => _entries.Count(e => e is not null);

    /// <summary>The chain with these bytes, or null.</summary>
    public PckChain? Find(ReadOnlySpan<byte> pem)
    {
        if (pem.Length > LongestChain)
        {
            return null;
        }

        int hash = Hash(pem);
        foreach (ref Entry? place in Places(hash))
        {
            if (Volatile.Read(ref place) is { } entry && entry.Hash == hash && pem.SequenceEqual(entry.Pem))
            {
                return entry.Chain;
            }
        }

        return null;
    }

    /// <summary>Adds a chain, which can replace another one.</summary>
    /// <param name="pem">Its bytes; they are copied.</param>
    /// <param name="chain">The verified chain that was read from them.</param>
    public void Keep(ReadOnlySpan<byte> pem, PckChain chain)
    {
        if (pem.Length > LongestChain)
        {
            return;
        }

        chain.KeepLeafKey();
        int hash = Hash(pem);
        Span<Entry?> places = Places(hash);
        int free = places.IndexOf((Entry?)null);
        int way = free >= 0 ? free : (int)(Interlocked.Increment(ref _turn) % Ways);
        Volatile.Write(ref places[way], new Entry(hash, pem.ToArray(), chain));
    }

    private Span<Entry?> Places(int hash) => _entries.AsSpan((int)((uint)hash % Sets) * Ways, Ways);

    private static int Hash(ReadOnlySpan<byte> pem)
    {
        var hash = new HashCode();
        hash.AddBytes(pem);
        return hash.ToHashCode();
    }

    private sealed record Entry(int Hash, byte[] Pem, PckChain Chain);
}
