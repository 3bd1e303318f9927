using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Identity;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Counters;

/// <summary>Keeps numbers for Marbles that only ever grow: durable before they are answered, and kept over updates and recovery.</summary>
internal sealed class CounterService(Decisions decisions, IOptions<CoordinatorOptions> options)
{
    private const string Action = "counter.raise";

    /// <summary>Bytes of a name in UTF-8.</summary>
    private const int MaxName = 1024;

    /// <summary>
    /// Counters are never deleted, so one instance must not fill the state; nor all instances together, which a Marble can make up at will.
    /// </summary>
    private const int MaxPerMarble = 1_000;
    private const int MaxPerType = 10_000;
    private const int MaxTotal = 100_000;

    /// <summary>Of all types, unless one may have more: they are held in memory, and sealed together now and then.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly int _bytesPerType = options.Value.CounterBytesPerType;

    /// <summary>Raises a counter, if the value is greater than what it has.</summary>
    /// <returns>What it had before; 0 if it was never set.</returns>
    /// <exception cref="CounterException">The name is too long, or there are too many counters.</exception>
    public async Task<ulong> RaiseAsync(
        CoordinatorState state, MarblePeer marble, string name, ulong value, X509Certificate2 certificate)
    {
        if (Encoding.UTF8.GetByteCount(name) > MaxName)
        {
            throw new CounterException($"the name of a counter has at most {MaxName} bytes");
        }

        string key = CounterName.Of(marble, name);
        ulong before = state.Counters.Values.GetValueOrDefault(key);
        if (value <= before)
        {
            return before;
        }

        var caller = RevocableMarble.Of(certificate, marble);
        var decision = Decision.Of(
            Action,
            AuditActor.Of(certificate),
            ("marbleType", marble.MarbleType),
            ("uuid", marble.Id.ToString("D")),
            ("counter", name),
            ("value", $"{value}"));
        return await decisions.MakeOfCountersAsync(decision, newest => Raise(newest, state, marble, caller, key, value));
    }

    private (CounterSet Counters, ulong Before) Raise(
        CoordinatorState state, CoordinatorState decidedOn, MarblePeer marble, in RevocableMarble caller, string key, ulong value)
    {
        // An update makes the certificate invalid that the call was let in with.
        if (!state.HasSameMesh(decidedOn))
        {
            throw new CounterException("the manifest was changed during the call; activate again");
        }

        if (state.Revocations.Find(caller) is { } revocation)
        {
            throw new CounterException(revocation.Describe(caller));
        }

        if (!state.Counters.Values.TryGetValue(key, out ulong before))
        {
            RequireRoom(state.Counters, marble, key);
        }

        return (state.Counters.Raise(key, value), before);
    }

    private void RequireRoom(CounterSet counters, MarblePeer marble, string key)
    {
        CounterUse ofType = counters.UseOf(CounterName.PrefixOf(marble.MarbleType)).With(key);
        CounterUse all = counters.Use.With(key);
        if (all.Count > MaxTotal || ofType.Count > MaxPerType || counters.UseOf(CounterName.PrefixOf(marble)).Count >= MaxPerMarble)
        {
            throw new CounterException(
                $"there are too many counters: at most {MaxPerMarble} of one Marble, {MaxPerType} of one type, and {MaxTotal} of all");
        }

        if (ofType.Bytes > _bytesPerType || all.Bytes > Math.Max(MaxBytes, _bytesPerType))
        {
            throw new CounterException(
                $"there are too many counters: those of one type may take {_bytesPerType} bytes in the sealed state, and those of all "
                + $"types {Math.Max(MaxBytes, _bytesPerType)}; use shorter names, keep the UUID of a Marble over its restarts, or raise "
                + $"Coordinator:CounterBytesPerType");
        }
    }
}

/// <summary>A counter call is refused; the message goes to the Marble.</summary>
internal sealed class CounterException(string message) : Exception(message);
