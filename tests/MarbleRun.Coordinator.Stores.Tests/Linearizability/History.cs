using System.Diagnostics;

namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>What several clients asked for and got, by one monotonic clock. It is used by all of them at the same time.</summary>
internal sealed class History<TInput, TOutput>
{
    private readonly Lock _lock = new();
    private readonly List<Operation<TInput, TOutput>> _operations = [];
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _last;

    /// <summary>In the order of their starts.</summary>
    public IReadOnlyList<Operation<TInput, TOutput>> Operations
    {
        get
        {
            lock (_lock)
            {
                return [.. _operations.Where(o => o is not null)];
            }
        }
    }

    /// <summary>Notes the start of an operation, which is open until its outcome is noted: call it before anything is sent.</summary>
    public Pending Invoke(int client, TInput input)
    {
        lock (_lock)
        {
            _operations.Add(new Operation<TInput, TOutput>(client, input, Now(), default!, Operation<TInput, TOutput>.Never));
            return new Pending(this, _operations.Count - 1);
        }
    }

    /// <summary>Two moments never have the same time, so that the order of events is known.</summary>
    private long Now() => _last = Math.Max(_last + 1, Stopwatch.GetTimestamp() - _start);

    /// <summary>An operation whose outcome is not known yet.</summary>
    internal sealed class Pending(History<TInput, TOutput> history, int index)
    {
        /// <summary>Notes the answer: call it after the answer was received.</summary>
        public void Return(TOutput output)
        {
            lock (history._lock)
            {
                history._operations[index] = history._operations[index] with { Output = output, Returned = history.Now() };
            }
        }

        /// <summary>The answer said that nothing was changed, and nothing about what is.</summary>
        public void Forget()
        {
            lock (history._lock)
            {
                history._operations[index] = null!;
            }
        }
    }
}
