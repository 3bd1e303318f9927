namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// PCK chains that a verifier has seen lead to its anchor, by their exact bytes, so that what neither time nor the quote can change is
/// checked once. A caller that takes one out still has to check dates, revocation and all that the quote says. It may be used by several
/// threads at once, and waits for none.
/// </summary>
/// <remarks>
/// It is small, and stays so whatever comes: unknown callers can write one good chain in many ways (line ends, zeros behind it), so that a
/// new one takes the place of an old one, and a long one is not kept. Its places follow from a hash that is different in each process, so
/// that no caller can aim at another's place.
/// </remarks>
internal sealed class PckChainCache
{
    /// <summary>The most chains that are kept.</summary>
    public const int Capacity = Sets * Ways;

    /// <summary>The longest chain that is kept, in bytes; Intel's have less than 4 KiB.</summary>
    public const int LongestChain = 16 * 1024;

    private const int Sets = 64;
    private const int Ways = 4;

    private readonly Entry?[] _entries = new Entry?[Capacity];
    private uint _turn;

    /// <summary>How many chains are kept.</summary>
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

    /// <summary>Keeps a chain, perhaps instead of another.</summary>
    /// <param name="pem">Its bytes; they are copied.</param>
    /// <param name="chain">The chain that was read from them and found to lead to the anchor.</param>
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
