namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// What this Coordinator got from others, for the audit trail. Keys come while the state is loaded, and the trail is opened after that,
/// because the state knows its head; until then the entries wait here.
/// </summary>
internal sealed class PeerJournal
{
    private readonly Lock _lock = new();
    private readonly List<KeyReceipt> _waiting = [];
    private Func<KeyReceipt, Task>? _sink;

    public Task AddAsync(KeyReceipt receipt)
    {
        lock (_lock)
        {
            if (_sink is null)
            {
                _waiting.Add(receipt);
                return Task.CompletedTask;
            }
        }

        return _sink(receipt);
    }

    /// <summary>Gives the entries that wait, and from now on all others.</summary>
    public async Task AttachAsync(Func<KeyReceipt, Task> sink)
    {
        KeyReceipt[] waiting;
        lock (_lock)
        {
            waiting = [.. _waiting];
            _waiting.Clear();
            _sink = sink;
        }

        foreach (KeyReceipt receipt in waiting)
        {
            await sink(receipt);
        }
    }
}

/// <summary>Keys that a peer handed over.</summary>
/// <param name="Address">The peer.</param>
/// <param name="Measurement">Its code.</param>
/// <param name="Platform">Its machine; empty if the evidence does not identify it.</param>
/// <param name="RootHash">SHA-256 of the deployment's root certificate.</param>
/// <param name="Refusal">Why the keys were discarded; null if they are in use.</param>
internal sealed record KeyReceipt(string Address, string Measurement, string Platform, string RootHash, string? Refusal);
