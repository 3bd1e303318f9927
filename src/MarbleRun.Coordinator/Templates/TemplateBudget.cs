namespace MarbleRun.Coordinator.Templates;

/// <summary>The work that several executions may make together, in the steps of <see cref="TemplateLimits.MaxSteps"/>.</summary>
internal sealed class TemplateBudget(long steps)
{
    private long _left = steps;

    /// <summary>Takes steps; false if there are not as many left.</summary>
    public bool TrySpend(long steps)
    {
        _left -= steps;
        return _left >= 0;
    }
}
