using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>A guard that can be made to fail.</summary>
internal sealed class MemoryGuard : IGenerationGuard
{
    public GuardedGenerations Newest { get; set; }

    public Exception? Failure { get; set; }

    public ValueTask<GuardedGenerations> ReadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Newest);

    public ValueTask AdvanceAsync(GuardedGenerations generations, CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
        {
            throw failure;
        }

        Assert.True(generations.State.Number >= Newest.State.Number
            && generations.Counters.Number >= Newest.Counters.Number
            && generations != Newest);
        Newest = generations;
        return ValueTask.CompletedTask;
    }
}
