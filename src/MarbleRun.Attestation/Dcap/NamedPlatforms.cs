using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Caches the PCK chains of platforms whose quotes only name them, by the platform's QE id. A platform that was verified once needs no
/// source for its next quote, because the same PCK signs it. Only the chains of genuine quotes are added, so unknown callers can neither
/// fill the cache nor replace the chain of another platform.
/// </summary>
internal sealed class NamedPlatforms
{
    /// <summary>The maximum number of platforms.</summary>
    public const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];

    /// <summary>The chain, PEM, whose PCK signed the quoting enclave's report of this quote, if it is valid now.</summary>
    public bool TryFind(string qeId, DcapQuote quote, DateTimeOffset now, [NotNullWhen(true)] out DcapCollateral? chain)
    {
        Entry? entry;
        lock (_lock)
        {
            _ = _entries.TryGetValue(qeId, out entry);
        }

        // Another TCB of the same machine has another key, and an expired certificate has a successor: in both cases, the source is asked.
        bool isOfThisQuote = entry is not null
            && entry.Chain.CheckValidity(now) is null
            && DcapSignatures.CheckQeReport(quote, entry.Chain) is null;
        chain = isOfThisQuote ? new DcapCollateral { PckCertificateChain = entry!.Pem } : null;
        return isOfThisQuote;
    }

    /// <summary>Adds the chain of a genuine quote.</summary>
    public void Keep(string qeId, ReadOnlyMemory<byte> pem, PckChain chain)
    {
        lock (_lock)
        {
            if (!_entries.ContainsKey(qeId))
            {
                _order.Enqueue(qeId);
                if (_order.Count > Capacity)
                {
                    _entries.Remove(_order.Dequeue());
                }
            }

            _entries[qeId] = new Entry(pem, chain);
        }
    }

    private sealed record Entry(ReadOnlyMemory<byte> Pem, PckChain Chain);
}
