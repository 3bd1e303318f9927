using System.Net;

namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>The bytes that one unfinished request holds; they are given back at the end.</summary>
internal sealed class RequestAccount(RequestBudget budget, ConnectionAccount connection, IPAddress? address, BudgetShare share)
    : IDisposable
{
    public ConnectionAccount Connection => connection;

    /// <summary>What limits by address count under; null for a peer without an IP address.</summary>
    public IPAddress? Address => address;

    public BudgetShare Share => share;

    /// <summary>Written by <see cref="RequestBudget"/> alone, under its lock.</summary>
    public long Held { get; set; }

    /// <summary>Takes more bytes, if they are there.</summary>
    public bool TryTake(long bytes) => budget.TryTake(this, bytes);

    public void Dispose() => budget.GiveBack(this);
}
