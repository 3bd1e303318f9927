using System.Text;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Counters;

/// <summary>Keeps numbers for Marbles that only ever grow: as fresh as the sealed state, and kept over updates and recovery.</summary>
internal sealed class CounterService(StateWriter writer, AuditLog audit, IOptions<CoordinatorOptions> options)
{
    private const string Action = "counter.raise";

    /// <summary>Bytes of a name in UTF-8.</summary>
    private const int MaxName = 1024;

    /// <summary>Counters are never deleted, so one instance must not fill the state; nor all instances together, which a Marble can make up at will.</summary>
    private const int MaxPerMarble = 1_000;
    private const int MaxPerType = 10_000;
    private const int MaxTotal = 100_000;

    /// <summary>Of all types, unless one may have more: every commit of anybody seals them.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>What a counter takes in the sealed state besides its name: quotes, colon, comma, and up to 20 digits.</summary>
    private const int Overhead = 24;

    private readonly int _bytesPerType = options.Value.CounterBytesPerType;

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

    private (CoordinatorState State, ulong Before) Raise(
        CoordinatorState state, CoordinatorState decidedOn, MarbleIdentityClaim marble, string key, ulong value, AuditHead head)
    {
        // An update makes the certificate invalid that the call was let in with.
        if (!ReferenceEquals(state.Authority, decidedOn.Authority))
        {
            throw new CounterException("the manifest was changed during the call; activate again");
        }

        if (!state.Counters.TryGetValue(key, out ulong before))
        {
            DemandRoom(state, marble, key);
        }

        return value > before ? (state.Recorded(head) with { Counters = state.Counters.SetItem(key, value) }, before) : (state, before);
    }

    /// <summary>One pass over all: the writer's turn is everybody's.</summary>
    private void DemandRoom(CoordinatorState state, MarbleIdentityClaim marble, string key)
    {
        string ofMarble = CounterName.PrefixOf(marble);
        string ofType = CounterName.PrefixOf(marble.MarbleType);
        (int countOfMarble, int countOfType) = (0, 0);
        (long bytesOfType, long bytes) = (BytesOf(key), BytesOf(key));
        foreach (string other in state.Counters.Keys)
        {
            bytes += BytesOf(other);
            if (other.StartsWith(ofType, StringComparison.Ordinal))
            {
                countOfType++;
                bytesOfType += BytesOf(other);
                countOfMarble += other.StartsWith(ofMarble, StringComparison.Ordinal) ? 1 : 0;
            }
        }

        if (state.Counters.Count >= MaxTotal || countOfMarble >= MaxPerMarble || countOfType >= MaxPerType)
        {
            throw new CounterException($"there are too many counters: at most {MaxPerMarble} of one Marble, {MaxPerType} of one type, and {MaxTotal} of all");
        }

        if (bytesOfType > _bytesPerType || bytes > Math.Max(MaxBytes, _bytesPerType))
        {
            throw new CounterException(
                $"there are too many counters: those of one type may take {_bytesPerType} bytes in the sealed state, and those of all types "
                + $"{Math.Max(MaxBytes, _bytesPerType)}; use shorter names, keep the UUID of a Marble over its restarts, or raise Coordinator:CounterBytesPerType");
        }
    }

    private static long BytesOf(string key) => key.Length + Overhead;
}
