using System.Net;

namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>The bytes that one unfinished request holds; they are given back at the end.</summary>
internal sealed class RequestAccount : IDisposable
{
    private readonly RequestBudget _budget;
#pragma warning disable CA2213 // It has no timer and no handle, and another request may end this one at the moment when it is disposed of.
    private readonly CancellationTokenSource _ended = new();
#pragma warning restore CA2213

    public RequestAccount(RequestBudget budget, ConnectionAccount connection, IPAddress? address, BudgetShare share)
    {
        _budget = budget;
        Connection = connection;
        Address = address;
        Share = share;
        Place = new LinkedListNode<RequestAccount>(this);
    }

    public ConnectionAccount Connection { get; }

    /// <summary>What limits by address count under; null for a peer without an IP address.</summary>
    public IPAddress? Address { get; }

    public BudgetShare Share { get; }

    /// <summary>The place among the requests of its share, oldest first. Used by <see cref="RequestBudget"/> alone, under its
    /// lock.</summary>
    public LinkedListNode<RequestAccount> Place { get; }

    /// <summary>Written by <see cref="RequestBudget"/> alone, under its lock: others took what this request held.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Cancelled when the request was ended in favour of others.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Written by <see cref="RequestBudget"/> alone, under its lock.</summary>
    public long Held { get; set; }

    /// <summary>Takes more bytes, if they are there.</summary>
    public bool TryTake(long bytes) => _budget.TryTake(this, bytes);

    /// <summary>Makes the reader of the request give up.</summary>
    public void End() => _ended.Cancel();

    public void Dispose() => _budget.GiveBack(this);
}
