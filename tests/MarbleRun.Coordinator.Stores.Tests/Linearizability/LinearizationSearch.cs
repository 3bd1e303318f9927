using System.Diagnostics;

namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>The search for an order of the operations of one part.</summary>
/// <remarks>
/// Starts and ends are one list in the order of time. An operation may be the next one if it started before the first end in the list: it
/// is then taken out of the list with its end. Where the first end is reached without a success, the last step is taken back. A set of
/// operations that led to a state is not visited twice.
/// </remarks>
internal sealed class LinearizationSearch<TState, TInput, TOutput>
    where TState : notnull, IEquatable<TState>
    where TInput : notnull
{
    private const int StepsBetweenLooksAtTheClock = 1024;

    private readonly IModel<TState, TInput, TOutput> _model;
    private readonly Operation<TInput, TOutput>[] _operations;
    private readonly CheckLimits _limits;
    private readonly Node _head = new(-1, false);
    private readonly int[] _twins;
    private readonly ulong[] _done;
    private readonly HashSet<Visited> _visited = [];
    private readonly Stack<(Node Start, TState Before)> _path = new();
    private int _unanswered;

    /// <param name="model">The object.</param>
    /// <param name="operations">In the order of their starts.</param>
    /// <param name="limits">When to give up.</param>
    public LinearizationSearch(IModel<TState, TInput, TOutput> model, Operation<TInput, TOutput>[] operations, CheckLimits limits)
    {
        (_model, _operations, _limits) = (model, operations, limits);
        _done = new ulong[(operations.Length + 63) / 64];
        _unanswered = operations.Count(o => !o.IsOpen);
        _twins = FindTwins(operations);
        Link();
    }

    public HistoryVerdict Verdict { get; private set; }

    /// <summary>The longest order that was found, with the states after each operation.</summary>
    public IReadOnlyList<(Operation<TInput, TOutput> Operation, TState After)> Longest { get; private set; } = [];

    public void Run()
    {
        long start = Stopwatch.GetTimestamp();
        TState state = _model.Initial;
        Node? node = _head.Next;
        for (long steps = 0; _unanswered > 0; steps++)
        {
            if (steps > _limits.Steps
                || (steps % StepsBetweenLooksAtTheClock == 0 && Stopwatch.GetElapsedTime(start) > _limits.Time))
            {
                Verdict = HistoryVerdict.Undecided;
                return;
            }

            if (node is { IsEnd: false })
            {
                if (TryTake(node, state, out TState next))
                {
                    state = next;
                    node = _head.Next;
                }
                else
                {
                    node = node.Next;
                }
            }
            else if (_path.Count > 0)
            {
                if (_path.Count > Longest.Count)
                {
                    Longest = Describe(state);
                }

                (Node Start, TState Before) last = _path.Pop();
                TakeBack(last.Start);
                state = last.Before;
                node = last.Start.Next;
            }
            else
            {
                Verdict = HistoryVerdict.NotLinearizable;
                return;
            }
        }

        Verdict = HistoryVerdict.Linearizable;
    }

    /// <summary>
    /// Of open operations with the same input, the one that started first can stand for each other one: they are taken in this order, so
    /// that many of them do not make many orders that differ in nothing.
    /// </summary>
    private static int[] FindTwins(Operation<TInput, TOutput>[] operations)
    {
        int[] twins = new int[operations.Length];
        var last = new Dictionary<TInput, int>();
        for (int i = 0; i < operations.Length; i++)
        {
            twins[i] = -1;
            if (operations[i].IsOpen)
            {
                twins[i] = last.GetValueOrDefault(operations[i].Input, -1);
                last[operations[i].Input] = i;
            }
        }

        return twins;
    }

    private void Link()
    {
        var events = new List<(long Time, Node Node)>();
        for (int i = 0; i < _operations.Length; i++)
        {
            var start = new Node(i, isEnd: false);
            events.Add((_operations[i].Invoked, start));
            if (!_operations[i].IsOpen)
            {
                start.End = new Node(i, isEnd: true);
                events.Add((_operations[i].Returned, start.End));
            }
        }

        Node last = _head;
        foreach ((_, Node node) in events.OrderBy(e => e.Time))
        {
            (last.Next, node.Previous) = (node, last);
            last = node;
        }
    }

    private bool TryTake(Node start, TState state, out TState next)
    {
        int index = start.Operation;
        Operation<TInput, TOutput> operation = _operations[index];
        if (!_model.TryStep(state, operation, out next)
            || (operation.IsOpen && (next.Equals(state) || (_twins[index] >= 0 && !IsDone(_twins[index])))))
        {
            return false;
        }

        _done[index / 64] |= 1UL << (index % 64);
        if (!_visited.Add(new Visited([.. _done], next)))
        {
            _done[index / 64] &= ~(1UL << (index % 64));
            return false;
        }

        start.Unlink();
        if (start.End is { } end)
        {
            end.Unlink();
            _unanswered--;
        }

        _path.Push((start, state));
        return true;
    }

    private void TakeBack(Node start)
    {
        int index = start.Operation;
        _done[index / 64] &= ~(1UL << (index % 64));
        if (start.End is { } end)
        {
            end.Relink();
            _unanswered++;
        }

        start.Relink();
    }

    private bool IsDone(int index) => (_done[index / 64] & (1UL << (index % 64))) != 0;

    private (Operation<TInput, TOutput> Operation, TState After)[] Describe(TState last)
    {
        (Node Start, TState Before)[] path = [.. _path.Reverse()];
        return [.. path.Select((p, i) => (_operations[p.Start.Operation], i + 1 < path.Length ? path[i + 1].Before : last))];
    }

    /// <summary>The start or the end of an operation in the list.</summary>
    private sealed class Node(int operation, bool isEnd)
    {
        public int Operation => operation;

        public bool IsEnd => isEnd;

        public Node? End { get; set; }

        public Node? Next { get; set; }

        public Node? Previous { get; set; }

        public void Unlink()
        {
            Previous!.Next = Next;
            if (Next is not null)
            {
                Next.Previous = Previous;
            }
        }

        public void Relink()
        {
            Previous!.Next = this;
            if (Next is not null)
            {
                Next.Previous = this;
            }
        }
    }

    /// <summary>A set of operations and the state that an order of them led to.</summary>
    private readonly struct Visited(ulong[] done, TState state) : IEquatable<Visited>
    {
        private readonly ulong[] _done = done;
        private readonly TState _state = state;

        public bool Equals(Visited other) => _done.AsSpan().SequenceEqual(other._done) && _state.Equals(other._state);

        public override bool Equals(object? obj) => obj is Visited other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (ulong word in _done)
            {
                hash.Add(word);
            }

            hash.Add(_state);
            return hash.ToHashCode();
        }
    }
}
