using System.Text;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Counters;

/// <summary>Keeps numbers for Marbles that only ever grow: as fresh as the sealed state, and kept over updates and recovery.</summary>
internal sealed class CounterService(StateWriter writer, AuditLog audit)
{
    private const string Action = "counter.raise";

    /// <summary>Bytes of a name in UTF-8.</summary>
    private const int MaxName = 1024;

    /// <summary>Counters are never deleted, so one instance must not fill the state; nor all instances together, which a Marble can make up at will.</summary>
    private const int MaxPerMarble = 1_000;
    private const int MaxPerType = 10_000;
    private const int MaxTotal = 100_000;

    /// <summary>Raises a counter, if the value is greater than what it has.</summary>
    /// <returns>What it had before; 0 if it was never set.</returns>
    /// <exception cref="CounterException">The name is too long, or there are too many counters.</exception>
    public async Task<ulong> RaiseAsync(CoordinatorState state, MarbleIdentityClaim marble, string name, ulong value, ReadOnlyMemory<byte> certificate)
    {
        if (Encoding.UTF8.GetByteCount(name) > MaxName)
        {
            throw new CounterException($"the name of a counter has at most {MaxName} bytes");
        }

        string key = CounterName.Of(marble, name);
        ulong before = state.Counters.GetValueOrDefault(key);
        if (value <= before)
        {
            return before;
        }

        AuditActor actor = AuditActor.Of(certificate.Span);
        AuditHead head = await audit.RecordAsync(
            AuditOutcome.Allowed, Action, actor, ("marbleType", marble.MarbleType), ("uuid", marble.Uuid.ToString("D")), ("counter", name), ("value", $"{value}"));
        return await audit.DemandDoneAsync(Action, actor, writer.ChangeAsync(newest => Raise(newest, state, marble, key, value, head), CancellationToken.None));
    }

    private static (CoordinatorState State, ulong Before) Raise(
        CoordinatorState state, CoordinatorState decidedOn, MarbleIdentityClaim marble, string key, ulong value, AuditHead head)
    {
        // An update makes the certificate invalid that the call was let in with.
        if (!ReferenceEquals(state.Authority, decidedOn.Authority))
        {
            throw new CounterException("the manifest was changed during the call; activate again");
        }

        if (!state.Counters.TryGetValue(key, out ulong before))
        {
            DemandRoom(state, marble);
        }

        return value > before ? (state.Recorded(head) with { Counters = state.Counters.SetItem(key, value) }, before) : (state, before);
    }

    private static void DemandRoom(CoordinatorState state, MarbleIdentityClaim marble)
    {
        if (state.Counters.Count >= MaxTotal
            || Count(state, CounterName.PrefixOf(marble)) >= MaxPerMarble
            || Count(state, CounterName.PrefixOf(marble.MarbleType)) >= MaxPerType)
        {
            throw new CounterException($"there are too many counters: at most {MaxPerMarble} of one Marble, {MaxPerType} of one type, and {MaxTotal} of all");
        }
    }

    private static int Count(CoordinatorState state, string prefix) => state.Counters.Keys.Count(key => key.StartsWith(prefix, StringComparison.Ordinal));
}
