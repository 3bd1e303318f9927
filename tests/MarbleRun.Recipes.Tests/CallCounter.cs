namespace MarbleRun.Recipes.Tests;

/// <summary>How often a service was called.</summary>
internal sealed class CallCounter
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add() => Interlocked.Increment(ref _count);
}
